// Brings the system packages that a mesh and its tests need. As root with apt it installs them, saying so; else it names the command.
import { describeError } from '../src/lib/mesh-error.ts';
import { installPackages } from '../src/local/process/install-packages.ts';
import { findProgram, missingPackages } from '../src/local/process/system-tools.ts';

/** Programs that only tests and `npm run peers` call; the package has the same name. */
const ofTests = ['python3', 'git'].filter((program) => findProgram(program) === undefined);
const missing = [...missingPackages(), ...ofTests];
try {
  if (missing.length > 0) installPackages(missing, (line) => console.log(line));
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
