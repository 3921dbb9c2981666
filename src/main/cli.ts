// The command `heddle`: one line for each command, and the one place where errors become exit codes.
import { Command, CommanderError } from 'commander';
import { describeError, MeshError } from '../lib/mesh-error.ts';

/** Loaded when asked for: a short command does not pay for the long ones (the control plane loads all of Envoy's messages). */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('../cli/up.ts')).upCommand(),
  down: async () => (await import('../cli/down.ts')).downCommand(),
  apply: async () => (await import('../cli/apply.ts')).applyCommand(),
  get: async () => (await import('../cli/get.ts')).getCommand(),
  delete: async () => (await import('../cli/delete.ts')).deleteCommand(),
  exec: async () => (await import('../cli/exec.ts')).execCommand(),
  logs: async () => (await import('../cli/logs.ts')).logsCommand(),
  'control-plane': async () => (await import('./control-plane.ts')).controlPlaneCommand(),
};

const program = new Command('heddle')
  .description("A service mesh that takes Istio's configuration unchanged.")
  .version('0.1.0')
  .showHelpAfterError('(heddle --help tells more)')
  .exitOverride();

const asked = Object.entries(commands).filter(([name]) => name === process.argv[2]);
const wanted = asked.length > 0 ? asked : Object.entries(commands);
for (const [, load] of wanted) program.addCommand(await load());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof MeshError) console.error(`heddle: ${describeError(error)}`);
  else throw error;
}
