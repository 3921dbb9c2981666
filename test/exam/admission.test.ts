// The exam's admission cases of our kinds, judged in-process: the same verdict as Istio's, by the same authority.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { admissionCheck } from '../../src/galley/admission-check.ts';
import { findKind, groupOf } from '../../src/galley/kinds/index.ts';
import type { KubernetesObject } from '../../src/lib/kubernetes.ts';
import { formatIssue, type Issue } from '../../src/lib/issue.ts';
import { exam, skipWithout } from '../kit/shared.ts';
import { type Admission, type Case, readCases } from './case.ts';

interface Verdict {
  readonly verdict: Admission['verdict'];
  readonly by: Admission['by'];
  readonly why: readonly Issue[];
}

const check = admissionCheck();

/** Istio's API server drops unknown fields, so those alone refuse nothing. */
function judge(object: KubernetesObject): Verdict {
  const { schema, denied } = check(object);
  if (schema.length > 0) return { verdict: 'refused', by: 'schema', why: schema };
  if (denied.length > 0) return { verdict: 'refused', by: 'validation', why: denied };
  return { verdict: 'accepted', by: undefined, why: [] };
}

function differences({ config = [], admission = [] }: Case): string[] {
  return admission.flatMap((expected) => {
    const object = config.find((each) => `${each.kind}/${each.metadata.name}` === expected.resource);
    if (object === undefined) return [`${expected.resource} is not in the case`];
    const { verdict, by, why } = judge(object);
    if (verdict === expected.verdict && by === expected.by) return [];
    const said = (it: Pick<Admission, 'verdict' | 'by'>): string =>
      `${it.verdict}${it.by === undefined ? '' : ` by ${it.by}`}`;
    return [
      `${expected.resource}: Istio ${said(expected)} (${expected.gist ?? ''}), we ${said({ verdict, ...(by === undefined ? {} : { by }) })}`,
      ...why.map((issue) => `  ${formatIssue(issue)}`),
    ];
  });
}

/** Any address will do for a verdict. */
function withAddresses(object: KubernetesObject): KubernetesObject {
  return JSON.parse(JSON.stringify(object).replaceAll(/@(?:IP|VIP)\([^)]*\)@/g, '10.1.2.3')) as KubernetesObject;
}

function isOurs({ config = [] }: Case): boolean {
  return config.every((object) => findKind(groupOf(object.apiVersion), object.kind) !== undefined);
}

describe('admission, in-process', { skip: skipWithout(exam) }, () => {
  const cases = readCases(['admission']).filter(isOurs);

  test('there are cases', () => assert.ok(cases.length >= 80, `${cases.length} cases`));

  test('what the other cases apply is accepted', () => {
    const topics = readCases([`${exam}/cases`]).filter((each) => each.admission === undefined);
    const objects = topics.flatMap((each) =>
      (each.config ?? []).map((object) => ({ name: each.name, object: withAddresses(object) })),
    );
    assert.ok(objects.length >= 500, `${objects.length} documents`);
    const refused = objects.flatMap(({ name, object }) =>
      judge(object).why.map((issue) => `${name}: ${formatIssue(issue)}`),
    );
    assert.deepEqual(refused, []);
  });

  for (const each of cases) {
    test(`${each.name}: ${each.about}`, () => assert.deepEqual(differences(each), []));
  }
});
