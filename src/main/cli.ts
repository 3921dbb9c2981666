// The command `heddle`: one line for each command, and the one place where errors become exit codes.
import { Command, CommanderError } from 'commander';
import { describeError, MeshError } from '../lib/mesh-error.ts';

/** Each is loaded when it is asked for, or for the list of all: most take longer to load than to run. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('../cli/up.ts')).upCommand(),
  down: async () => (await import('../cli/down.ts')).downCommand(),
  apply: async () => (await import('../cli/apply.ts')).applyCommand(),
  get: async () => (await import('../cli/get.ts')).getCommand(),
  delete: async () => (await import('../cli/delete.ts')).deleteCommand(),
  exec: async () => (await import('../cli/exec.ts')).execCommand(),
  logs: async () => (await import('../cli/logs.ts')).logsCommand(),
  'control-plane': async () => (await import('./control-plane.ts')).controlPlaneCommand(),
  sidecar: async () => (await import('./sidecar-command.ts')).sidecarCommand(),
};

const program = new Command('heddle')
  .description("A service mesh that takes Istio's configuration unchanged.")
  .version('0.1.0')
  .showHelpAfterError('(heddle --help tells more)')
  .exitOverride();

const asked = process.argv[2] ?? '';
const wanted = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
for (const name of wanted) {
  const load = commands[name];
  if (load !== undefined) program.addCommand(await load());
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof MeshError) console.error(`heddle: ${describeError(error)}`);
  else throw error;
}
