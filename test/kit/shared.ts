// Inputs that lie beside the checkout: Istio's samples, the exam, the CRDs. Absent, their tests are skipped by name.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const shared = resolve(import.meta.dirname, '../../../shared');

export const istioSamples = resolve(process.env['HEDDLE_ISTIO_SAMPLES'] ?? resolve(shared, 'samples/istio'));
export const exam = resolve(process.env['HEDDLE_EXAM'] ?? resolve(shared, 'exam'));
export const crds = resolve(process.env['HEDDLE_CRDS'] ?? resolve(shared, 'crds'));

/** What to give a test as `skip`: false when the folder is there or must be, else the reason. */
export function skipWithout(folder: string): string | false {
  return existsSync(folder) || process.env['HEDDLE_REQUIRE_SHARED'] === '1' ? false : `${folder} is not there`;
}
