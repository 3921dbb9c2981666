// `heddle up`: a mesh on this machine from Kubernetes manifests.
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { describeError, MeshError } from '../lib/mesh-error.ts';
import { checkoutFolder } from '../local/supervisor/checkout-folder.ts';
import { defaultEnvoy } from '../local/supervisor/pod-files.ts';
import { requireRoot, requireTools } from '../local/supervisor/preflight.ts';
import { parsePublish, publishedUrl } from '../local/supervisor/published-port.ts';
import { Supervisor } from '../local/supervisor/supervisor.ts';
import type { UpOptions } from '../local/supervisor/up-options.ts';
import { defaultStateFolder } from '../local/state/state-folder.ts';
import { jsonReport, textReport } from '../local/supervisor/up-report.ts';
import type { UpReport } from '../local/supervisor/up-report.ts';
import { outputOption, stateOption } from './state-option.ts';

interface UpFlags {
  readonly state: string;
  readonly images: readonly string[];
  readonly proxy: UpOptions['proxy'];
  readonly envoy: string;
  readonly publish: readonly string[];
  readonly gateway: boolean;
  readonly inject: boolean;
  readonly meshConfig?: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly apiPort: string;
  readonly readyTimeout: string;
  readonly demo?: boolean;
  readonly output: 'text' | 'json';
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

export function upCommand(): Command {
  return new Command('up')
    .description('Run a mesh on this machine from Kubernetes manifests: pods are processes in namespaces of their own.')
    .argument('[path...]', 'manifests: files and folders; they are watched, saving one applies it')
    .addOption(stateOption())
    .option('--images <file>', 'local commands for container images (may be given more than once)', collect, [])
    .addOption(new Option('--proxy <proxy>', 'the sidecar').choices(['embedded', 'envoy']).default('embedded'))
    .option('--envoy <path>', 'the Envoy binary, for --proxy envoy and pods that ask for it', defaultEnvoy())
    .option(
      '--publish <address:port>',
      'where the ingress gateway is reached; none: nowhere (default: 127.0.0.1:8080)',
      collect,
      [],
    )
    .option('--no-gateway', 'run no ingress gateway of our own')
    .option('--no-inject', 'do not label namespaces that are made here for injection')
    .option('--mesh-config <file>', "mesh settings, in Istio's MeshConfig form")
    .option('--pod-cidr <range>', 'addresses of pods', '10.244.0.0/16')
    .option('--service-cidr <range>', 'addresses of services', '10.96.0.0/16')
    .option('--api-port <port>', 'port of the Kubernetes API on 127.0.0.1; 0 takes a free one', '0')
    .option('--ready-timeout <seconds>', 'after which it shows why pods are not ready, and goes on', '60')
    .option('--demo', 'run the Bookinfo sample')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  sudo heddle up shop.yaml --images images.yaml --publish 127.0.0.1:9000')
    .action((paths: string[], flags: UpFlags) => runUp(paths, flags));
}

async function runUp(paths: readonly string[], flags: UpFlags): Promise<void> {
  const report = reportTo(flags.output);
  const options = optionsOf(paths, flags);
  requireRoot();
  // What pods read under /run/heddle must be readable to them, however private the caller's new files are.
  process.umask(0o022);
  requireTools((line) => report.step(line));
  const supervisor = new Supervisor(options, report);
  const ended = endOnSignal(supervisor, report);
  const started = supervisor.start();
  const failure = await Promise.race([
    started.then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
    ended.then(() => undefined),
  ]);
  if (failure === undefined) await ended;
  await supervisor.close();
  if (failure !== undefined) throw failure.error;
  report.ended();
  process.exit(0);
}

function optionsOf(paths: readonly string[], flags: UpFlags): UpOptions {
  const texts = flags.publish.length === 0 ? ['127.0.0.1:8080'] : flags.publish;
  const publish = texts.filter((text) => text !== 'none').map(parsePublish);
  const demo = flags.demo === true;
  return {
    paths: demo ? [...demoPaths, ...paths] : paths,
    state: flags.state,
    images: demo ? [join(samples, 'images.yaml'), ...flags.images] : flags.images,
    proxy: flags.proxy,
    envoy: resolve(flags.envoy),
    publish,
    gateway: flags.gateway,
    inject: flags.inject,
    ...(flags.meshConfig === undefined ? {} : { meshConfig: flags.meshConfig }),
    podCidr: flags.podCidr,
    serviceCidr: flags.serviceCidr,
    apiPort: numberOf('--api-port', flags.apiPort, 65_535),
    readyTimeoutMs: numberOf('--ready-timeout', flags.readyTimeout, 86_400) * 1000,
    tryNext: demo ? demoNext({ publish, state: flags.state }) : [],
  };
}

function numberOf(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new MeshError('usage', `${flag} ${text}: want a whole number up to ${most}`);
}

const samples = join(checkoutFolder, 'samples');
const demoPaths = ['bookinfo.yaml', 'gateway.yaml'].map((file) => join(samples, 'bookinfo', file));
/** What a newcomer does with the demo, ready to paste. */
function demoNext({ publish, state }: Pick<UpOptions, 'publish' | 'state'>): string[] {
  const [port] = publish;
  const which = state === defaultStateFolder() ? '' : ` --state ${state}`;
  const canary = 'samples/bookinfo/routing/reviews-90-10.yaml';
  return [
    ...(port === undefined ? [] : [`open ${publishedUrl(port)}/productpage`]),
    `npx heddle apply${which} -f samples/bookinfo/destination-rules.yaml`,
    `npx heddle apply${which} -f ${canary}   # one reader in ten gets the canary`,
    `npx heddle get${which} virtualservices`,
    `npx heddle logs${which} deploy/reviews-v2 -c istio-proxy -f               # the access log of its sidecar`,
  ];
}

function reportTo(output: UpFlags['output']): UpReport {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  // A terminal that was closed must not end the mesh before its clean-up.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return output === 'json' ? jsonReport(write) : textReport(write);
}

/** Resolves at the first signal. A second one does not wait for the pods. */
function endOnSignal(supervisor: Supervisor, report: UpReport): Promise<void> {
  return new Promise((resolveEnded) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        signals += 1;
        if (signals === 1) {
          report.step('ending the mesh ...');
          resolveEnded();
        } else if (signals === 2) {
          // Everything else dies with us: the kernel sees to it.
          supervisor.hurry();
        }
      });
    }
    process.on('uncaughtException', (error) =>
      report.trouble(`internal error: ${describeError(error)}\n${error.stack ?? ''}`),
    );
  });
}
