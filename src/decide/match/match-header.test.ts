// Header matchers as Envoy 1.40 was seen to judge them: any of several values will do; inverted, none may.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { text } from '../../../test/kit/decide-kit.ts';
import type { HeaderMatch } from '../config/string-match.ts';
import { HeaderMap } from '../header-map.ts';
import { matchesAnyHeader } from './match-header.ts';

const present = (value: boolean): HeaderMatch['match'] => ({ kind: 'present', present: value });
const invert = { invert: true };
const asEmpty = { treatMissingAsEmpty: true };

/** Values sent, then which of these matchers hold. */
const lists = [['a', 'b'], ['a,b'], ['5', 'x'], [''], []];
const table: readonly (readonly [string, HeaderMatch['match'], Partial<HeaderMatch>, string])[] = [
  ['exact a', text('exact', 'a'), {}, 'Y----'],
  ['exact a,b', text('exact', 'a,b'), {}, '-Y---'],
  ['not exact a', text('exact', 'a'), invert, '-YYY-'],
  ['not exact a, missing as empty', text('exact', 'a'), { ...invert, ...asEmpty }, '-YYYY'],
  ['exact nothing, missing as empty', text('exact', ''), asEmpty, '---YY'],
  ['present', present(true), {}, 'YYYY-'],
  ['not present', present(true), invert, '----Y'],
  ['absent', present(false), {}, '----Y'],
  ['present, missing as empty', present(true), asEmpty, 'YYYYY'],
  ['absent, missing as empty', present(false), asEmpty, '-----'],
  ['range', { kind: 'range', start: 1, end: 6 }, {}, '--Y--'],
  ['not range', { kind: 'range', start: 1, end: 6 }, invert, 'YY-Y-'],
];

describe('header matchers', () => {
  for (const [name, match, rest, expected] of table) {
    it(name, () => {
      const matcher = { name: 'x', match, invert: false, treatMissingAsEmpty: false, ...rest };
      const found = lists.map((values) =>
        matchesAnyHeader(
          matcher,
          new HeaderMap(
            values.map(() => 'x'),
            [...values],
          ),
        ),
      );
      assert.equal(found.map((holds) => (holds ? 'Y' : '-')).join(''), expected);
    });
  }
});
