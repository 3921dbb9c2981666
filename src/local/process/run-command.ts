// Runs one short system command to its end, with its input, and turns a failure into an error that quotes what it said.
import { spawn } from 'node:child_process';
import { MeshError } from '../../lib/mesh-error.ts';

/** Resolves with standard output. Throws MeshError `command-failed` with what the command wrote to standard error. */
export function runCommand(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    // A command that fails early closes its input before all is written; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.on('error', (cause) => reject(new MeshError('command-failed', `cannot run ${command}`, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(output).toString());
      const said = Buffer.concat(errors).toString().trim();
      const line = `${command} ${args.join(' ')}`.slice(0, 200);
      reject(new MeshError('command-failed', `${line}: ${said === '' ? `ended with ${code ?? signal}` : said}`));
    });
    child.stdin.end(input);
  });
}
