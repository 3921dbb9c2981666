// Where this program lies: its entry, its scripts, its samples.
import { fileURLToPath } from 'node:url';

export const checkoutFolder = fileURLToPath(new URL('../../..', import.meta.url));

/** The command itself, for children that run another of its subcommands. */
export const heddleProgram = fileURLToPath(new URL('../../../bin/heddle.js', import.meta.url));
