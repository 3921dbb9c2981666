// `heddle exec`: runs a command in a running pod.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Command } from 'commander';
import { MeshError } from '../lib/mesh-error.ts';
import { enterCommand } from '../local/pods/enter-pod.ts';
import type { EnterCommand } from '../local/pods/enter-pod.ts';
import { findPod, parsePodName } from '../local/pods/find-pod.ts';
import { shellQuote } from '../local/process/shell-quote.ts';
import { findProgram } from '../local/process/system-tools.ts';
import { StateFolder } from '../local/state/state-folder.ts';
import { requireRoot } from '../local/supervisor/preflight.ts';
import { outputOption, stateOption } from './state-option.ts';

interface ExecFlags {
  readonly state: string;
  readonly namespace: string;
  readonly container?: string;
  readonly user?: string;
  readonly tty?: boolean;
  readonly output: 'text' | 'json';
}

export function execCommand(): Command {
  return new Command('exec')
    .description("Run a command in a pod, as its container's user and with its environment.")
    .argument('<pod>', 'name, namespace/name or deploy/name')
    .argument('<command...>', 'after --')
    .addOption(stateOption())
    .option('-n, --namespace <namespace>', 'where the pod is', 'default')
    .option('-c, --container <name>', "the container whose files it sees (default: the pod's first)")
    .option('--user <uid>', "run as this user instead of the container's")
    .option('-i, --stdin', 'accepted, as kubectl has it: input is always connected')
    .option('-t, --tty', 'give the command a terminal of its own, for shells with job control')
    .addOption(outputOption())
    .passThroughOptions(false)
    .addHelpText(
      'after',
      '\nExample:\n  sudo heddle exec deploy/productpage-v1 -- curl -s http://reviews:9080/reviews/0',
    )
    .action((pod: string, command: string[], flags: ExecFlags) => runExec(pod, command, flags));
}

async function runExec(podName: string, command: readonly string[], flags: ExecFlags): Promise<void> {
  requireRoot();
  const pod = findPod(new StateFolder(flags.state), parsePodName(podName, flags.namespace));
  const uid = flags.user === undefined ? undefined : Number(flags.user);
  if (uid !== undefined && !(Number.isInteger(uid) && uid >= 0)) {
    throw new MeshError('usage', `--user ${flags.user}: want a user number, such as 1337`);
  }
  const { container } = flags;
  const options = { ...(container === undefined ? {} : { container }), ...(uid === undefined ? {} : { uid }) };
  const words = flags.tty === true && process.stdin.isTTY ? inTerminal(command) : command;
  const enter = enterCommand(pod, words, options);
  process.exitCode = flags.output === 'json' ? await runCaptured(enter) : await runAttached(enter);
}

/** script(1) makes the terminal inside the pod; where the system has none, the command shares ours. */
function inTerminal(command: readonly string[]): readonly string[] {
  const script = findProgram('script');
  const line = command.map(shellQuote).join(' ');
  return script === undefined ? command : [script, '--quiet', '--return', '--command', line, '/dev/null'];
}

/** The terminal's signals reach the command by themselves; others are passed on. */
function runAttached({ program, args, env }: EnterCommand): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  const ignore = (): void => undefined;
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, ignore);
  // The helper that waits for the command does not pass signals on; its own end kills the command.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => pass('SIGKILL'));
  return ending(child);
}

async function runCaptured({ program, args, env }: EnterCommand): Promise<number> {
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'pipe'], env });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const exitCode = await ending(child);
  const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');
  console.log(JSON.stringify({ exitCode, stdout: text(output), stderr: text(errors) }));
  return exitCode;
}

function ending(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
