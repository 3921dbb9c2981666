// `heddle sidecar`: the sidecar from a checkout. Apart from it, so that its bundle has no command line library.
import { Command } from 'commander';
import { runSidecar } from './sidecar.ts';

/** `heddle sidecar proxy sidecar`: the same program from a checkout or an installed `heddle`. */
export function sidecarCommand(): Command {
  return new Command('sidecar')
    .description('Run the proxy of one workload, as a pod does. `heddle up` does this by itself.')
    .argument('[args...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[]) => {
      process.exit(await runSidecar(args));
    });
}
