// Gives Envoy a standard output that it can open by path. An access log to /dev/stdout opens the file behind it anew,
// which the kernel refuses when someone else owns it: then the lines go through a named pipe of our own.
import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

export interface EnvoyOutput {
  /** For `stdio` of the process: `inherit`, or a descriptor. */
  readonly stdout: 'inherit' | number;
  close(): void;
}

export async function envoyOutput(folder: string): Promise<EnvoyOutput> {
  if (canReopenStdout()) return { stdout: 'inherit', close: () => undefined };
  const path = `${folder}/stdout`;
  await rm(path, { force: true });
  await promisify(execFile)('mkfifo', ['-m', '600', path]);
  // Opened for both ways: the pipe then neither waits for a reader nor ends with one writer.
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const reader = new Socket({ fd: descriptor, readable: true, writable: false });
  reader.pipe(process.stdout);
  return {
    stdout: writer,
    close: () => {
      reader.destroy();
      closeSync(writer);
    },
  };
}

function canReopenStdout(): boolean {
  try {
    closeSync(openSync('/dev/stdout', constants.O_WRONLY | constants.O_APPEND));
    return true;
  } catch {
    // EACCES for somebody else's file or pipe, ENXIO for a socket: both mean that Envoy could not open it either.
    return false;
  }
}
