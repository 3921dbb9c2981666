// What the evaluator refuses a real Envoy refuses too, but for what is marked; and it takes what stands around those parts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { EnvoyValidator } from '../kit/envoy-validator.ts';
import { resourceOf, staticResources, type XdsCase } from '../kit/xds-case.ts';

const envoy = new EnvoyValidator();
after(() => envoy.close());

const file = new URL('../../src/decide/config/testdata/refused.yaml', import.meta.url);
const cases = parse(readFileSync(file, 'utf8')) as XdsCase[];

test('what stands around the parts is taken', async () => {
  const parts: XdsCase[] = [
    { name: 'manager', in: 'manager', value: {}, at: '', code: '' },
    { name: 'cluster', in: 'cluster', value: {}, at: '', code: '' },
    { name: 'endpoints', in: 'endpoints', value: {}, at: '', code: '' },
    { name: 'listener', in: 'listener', value: {}, at: '', code: '' },
  ];
  for (const part of parts) assert.equal(await envoy.problemWith(staticResources(resourceOf(part))), '', part.name);
});

for (const each of cases) {
  if (each.envoy === 'untried') continue;
  test(each.name, async (context) => {
    const problem = await envoy.problemWith(staticResources(resourceOf(each)));
    context.diagnostic(problem.trim().split('\n').at(-1) ?? '');
    assert.equal(problem !== '', each.envoy !== 'takes', problem);
  });
}
