// The option that all commands of a local mesh share: which one is meant.
import { Option } from 'commander';
import { defaultStateFolder } from '../local/state/state-folder.ts';

export function stateOption(): Option {
  return new Option('--state <folder>', "the mesh's state folder").default(
    defaultStateFolder(),
    "heddle in the user's state folder",
  );
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text');
}
