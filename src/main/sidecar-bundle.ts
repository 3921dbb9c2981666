// Entry of the sidecar's bundle, `sidecar.js`: the one file that a pod gets of us.
import { describeError } from '../lib/mesh-error.ts';
import { runSidecar } from './sidecar.ts';

runSidecar(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`sidecar: ${describeError(error)}\n`);
    process.exit(1);
  },
);
