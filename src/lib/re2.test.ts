// RE2's syntax, not JavaScript's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRegex, parseSubstitution } from './re2.ts';

test('matches the whole text or a part of it', () => {
  const compiled = compileRegex('a+b?');
  assert.ok(compiled.ok);
  assert.deepEqual(
    [compiled.regex.matches('aab'), compiled.regex.matches('xaab'), compiled.regex.test('xaab')],
    [true, false, true],
  );
});

test('what RE2 does not know is a problem in words', () => {
  for (const pattern of ['(?=a)', '(', '*', 'a{2,1}', '[', '\\1']) {
    const compiled = compileRegex(pattern);
    assert.ok(!compiled.ok, pattern);
    assert.match(compiled.problem, /error parsing regexp/, pattern);
  }
});

test('a pattern that would hang a backtracking engine does not', () => {
  const compiled = compileRegex('(a+)+$');
  assert.ok(compiled.ok);
  const started = performance.now();
  assert.equal(compiled.regex.matches(`${'a'.repeat(5000)}b`), false);
  assert.ok(performance.now() - started < 1000);
});

test('replaces as RE2 does', () => {
  const cases: readonly [pattern: string, substitution: string, text: string, expected: string][] = [
    ['^/api/v(\\d+)', '/\\1/\\\\', '/api/v2/x', '/2/\\/x'],
    ['b*', '-', 'abb', '-a-'],
    ['a', '\\0\\0', 'banana', 'baanaanaa'],
    ['(x)|y', '[\\1]', 'xyz', '[x][]z'],
    ['q', '-', 'abc', 'abc'],
    ['(b)', '\\2', 'abc', 'abc'],
    ['b', '[\\x]', 'abc', 'a[c'],
    ['b', '-\\', 'abc', 'a-c'],
  ];
  for (const [pattern, text, input, expected] of cases) {
    const compiled = compileRegex(pattern);
    assert.ok(compiled.ok);
    const substitution = parseSubstitution(text, compiled.groups);
    assert.equal(compiled.regex.replaceAll(input, substitution), expected, pattern);
  }
});
