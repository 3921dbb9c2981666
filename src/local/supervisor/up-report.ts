// What `heddle up` tells while it works: lines for people, or one JSON object per line for programs.

export interface UpReport {
  /** Something that happens now. */
  step(text: string): void;
  podReady(pod: { readonly name: string; readonly address: string; readonly seconds: number }): void;
  /** Something is wrong, but the mesh goes on. */
  trouble(text: string): void;
  ready(summary: ReadySummary): void;
  ended(): void;
}

export interface ReadySummary {
  readonly seconds: number;
  readonly pods: number;
  readonly notReady: readonly string[];
  readonly urls: readonly string[];
  readonly state: string;
  readonly kubeconfig: string;
  readonly tryNext: readonly string[];
}

type Write = (line: string) => void;

export function textReport(write: Write): UpReport {
  const seconds = (value: number): string => `${value.toFixed(1)} s`;
  const row = (name: string, address: string, took: string): string =>
    `  ${name.padEnd(54)} ${address.padEnd(15)} ${took.padStart(8)}`;
  let headed = false;
  return {
    step: (text) => write(`  ${text}`),
    podReady: ({ name, address, seconds: took }) => {
      if (!headed) write(row('POD', 'ADDRESS', 'READY IN'));
      headed = true;
      write(row(name, address, seconds(took)));
    },
    trouble: (text) => write(`heddle: ${text}`),
    ready: (summary) => {
      const { pods, notReady, urls, kubeconfig, tryNext } = summary;
      const missing = notReady.length === 0 ? '' : `, ${notReady.length} not ready: ${notReady.join(', ')}`;
      write(`\nThe mesh is ready (${pods} pods in ${seconds(summary.seconds)}${missing})`);
      for (const url of urls) write(`  gateway     ${url}`);
      write(`  kubeconfig  ${kubeconfig}`);
      if (tryNext.length > 0)
        write(['\nTry next, in a second terminal:', ...tryNext.map((line) => `  ${line}`)].join('\n'));
      write('\nCtrl-C ends it and leaves nothing behind.');
    },
    ended: () => write('The mesh has ended.'),
  };
}

export function jsonReport(write: Write): UpReport {
  const event = (name: string, data: object): void => write(JSON.stringify({ event: name, ...data }));
  return {
    step: (text) => event('step', { text }),
    podReady: (pod) => event('pod-ready', pod),
    trouble: (text) => event('trouble', { text }),
    ready: (summary) => event('ready', summary),
    ended: () => event('ended', {}),
  };
}
