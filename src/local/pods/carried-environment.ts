// How a container's environment reaches it: as variables of harmless names, which `env` turns into the real ones at the end.
// Under its own name a variable (say LD_PRELOAD) would work on the programs that run as root until then; on a command line
// everybody on the host could read it.

export interface CarriedEnvironment {
  /** For the first program of the chain. */
  readonly carriers: Readonly<Record<string, string>>;
  /** Words for sh, to stand after `env -i`. */
  readonly words: string;
}

/** `variables` as `NAME=value`. */
export function carryEnvironment(variables: readonly string[]): CarriedEnvironment {
  const carriers = Object.fromEntries(variables.map((variable, index) => [`heddle_${index}`, variable]));
  return {
    carriers,
    words: Object.keys(carriers)
      .map((name) => `"$${name}"`)
      .join(' '),
  };
}
