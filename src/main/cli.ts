// The command `heddle`: one line for each command, and the one place where errors become exit codes.
import { Command, CommanderError } from 'commander';
import { describeError, MeshError } from '../lib/mesh-error.ts';
import { controlPlaneCommand } from './control-plane.ts';

const program = new Command('heddle')
  .description("A service mesh that takes Istio's configuration unchanged.")
  .version('0.1.0')
  .showHelpAfterError('(heddle --help tells more)')
  .exitOverride();

for (const command of [controlPlaneCommand()]) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof MeshError) console.error(`heddle: ${describeError(error)}`);
  else throw error;
}
