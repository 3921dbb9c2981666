// The command `heddle`: one line for each command, and the one place where errors become exit codes.
import { Command, CommanderError } from 'commander';
import { applyCommand } from '../cli/apply.ts';
import { deleteCommand } from '../cli/delete.ts';
import { downCommand } from '../cli/down.ts';
import { execCommand } from '../cli/exec.ts';
import { getCommand } from '../cli/get.ts';
import { logsCommand } from '../cli/logs.ts';
import { upCommand } from '../cli/up.ts';
import { describeError, MeshError } from '../lib/mesh-error.ts';
import { controlPlaneCommand } from './control-plane.ts';

const program = new Command('heddle')
  .description("A service mesh that takes Istio's configuration unchanged.")
  .version('0.1.0')
  .showHelpAfterError('(heddle --help tells more)')
  .exitOverride();

const commands = [
  upCommand(),
  downCommand(),
  applyCommand(),
  getCommand(),
  deleteCommand(),
  execCommand(),
  logsCommand(),
  controlPlaneCommand(),
];
for (const command of commands) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof MeshError) console.error(`heddle: ${describeError(error)}`);
  else throw error;
}
