// What a schema check finds, and what it leaves of a value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  array,
  boolean,
  duration,
  type Infer,
  integer,
  map,
  notYet,
  object,
  oneOf,
  refused,
  required,
  rule,
  string,
} from '../schema.ts';
import { checkSchema } from './check.ts';
import { walkSchema } from './walk.ts';

const destination = object({
  host: required(string()),
  port: object({ number: integer({ min: 0, max: 4_294_967_295 }) }),
});
const body = object({
  spec: object(
    {
      routes: array(object({ destination: required(destination), weight: integer({ min: 0, max: 100 }) }), {
        minItems: 1,
      }),
      timeout: duration({ minMs: 1 }),
      mode: oneOf(['DISABLE', 'MUTUAL'], { MUTUAL: { state: 'not-yet', note: 'it is sent without' } }),
      labels: rule(map(string()), 'keys must not be empty', (labels) => !('' in labels)),
      left: boolean(),
      right: boolean(),
      later: notYet(string(), 'it has no effect'),
      never: refused(string(), 'it is unsafe'),
    },
    { oneOf: [['left', 'right']] },
  ),
});

function found(spec: unknown): string[] {
  return checkSchema(body, { spec }).issues.map(
    (issue) =>
      `${issue.severity} ${issue.code} ${issue.path}: ${issue.message}${issue.hint === undefined ? '' : ` (${issue.hint})`}`,
  );
}

test('a good value passes, nulls count as absent', () => {
  const value: Infer<typeof body> = { spec: { routes: [{ destination: { host: 'a' }, weight: 1 }], timeout: '1.5s' } };
  const checked = checkSchema(body, { spec: { ...value.spec, left: null } });
  assert.deepEqual([checked.issues, checked.value, checked.sound], [[], value, true]);
});

test('all problems are found at once', () => {
  assert.deepEqual(
    found({
      routes: [{ destination: { hots: 'a', port: 3 }, weigth: 5 }, { destination: null, weight: 101 }, null],
      timeout: '5',
      mode: 'MUTUL',
      labels: { a: 1 },
    }),
    [
      'error unknown-field spec.routes[0].destination.hots: unknown field `hots` (did you mean `host`?)',
      'error wrong-type spec.routes[0].destination.port: must be an object, but is the number 3',
      'error missing spec.routes[0].destination.host: `host` is required',
      'error unknown-field spec.routes[0].weigth: unknown field `weigth` (did you mean `weight`?)',
      'error out-of-range spec.routes[1].weight: 101 is out of range (0 to 100)',
      'error missing spec.routes[1].destination: `destination` is required',
      'error wrong-type spec.routes[2]: must be an object, but is empty',
      'error bad-duration spec.timeout: `5` is not a duration (with a unit: `5s`?)',
      'error bad-enum spec.mode: `MUTUL` is not a known value (did you mean `MUTUAL`?)',
      'error wrong-type spec.labels.a: must be a string, but is the number 1 (in quotes: "1")',
    ],
  );
});

test('groups, rules and states', () => {
  assert.deepEqual(found({ left: true, right: false, labels: { '': 'x' }, mode: 'MUTUAL', later: 'x', never: 'y' }), [
    'error bad-value spec.labels: keys must not be empty',
    'warning not-yet spec.mode: `MUTUAL` is not supported yet: it is sent without',
    'warning not-yet spec.later: `later` is not supported yet: it has no effect',
    'error refused spec.never: `never` is refused: it is unsafe',
    'error crossing spec: only one of `left`, `right` may be set (these are set: `left`, `right`)',
  ]);
});

test('a walk lists every field with its state', () => {
  const listed = walkSchema(body).map((field) => `${field.path} ${field.type} ${field.state}`);
  assert.ok(listed.includes('spec.routes[].weight integer, 0 to 100 done'));
  assert.ok(listed.includes('spec.later string not-yet'));
  assert.ok(listed.includes('spec.labels map of string done'));
});

test('what is wrong is left out, and paths lead back to the original', () => {
  const routes = [{ weight: 5 }, { destination: { host: 'b' }, weight: 'x' }, null, { destination: { host: 'd' } }];
  const checked = checkSchema(body, { spec: { routes, mode: 'NONE' } });
  assert.deepEqual(checked.value, {
    spec: { routes: [{ destination: { host: 'b' } }, { destination: { host: 'd' } }] },
  });
  assert.ok(checked.sound);
  assert.equal(checked.originalPath('spec.routes[1].destination.host'), 'spec.routes[3].destination.host');
  assert.ok(!checkSchema(destination, { port: {} }).sound);
});

test('names that every object has are ordinary names', () => {
  const labels = JSON.parse('{"__proto__": "a", "constructor": "b"}') as object;
  assert.deepEqual(Object.entries(checkSchema(map(string()), labels).value), Object.entries(labels));
  assert.match(
    found(JSON.parse('{"constructor": 1}')).join(),
    /^error unknown-field spec.constructor: unknown field `constructor`/,
  );
});
