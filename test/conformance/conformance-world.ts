// All cases in one proxy at once: each has a listener, backends and a log of its own, so that none sees another.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdsServer } from '../../src/pilot/ads/ads-server.ts';
import type { EncodedResource } from '../../src/pilot/proxy-resources.ts';
import type { Case, Step } from './case.ts';
import { clusterNames, type Place, resourcesOf } from './case-resources.ts';
import { normaliser, type StepOutcome, stepOutcome } from './outcome.ts';
import { type ProxyKind, type ProxyUnderTest, type SourceFault, startProxy } from './proxy-under-test.ts';
import { RawBackend } from './raw-backend.ts';
import { type ClientResult, RawClient } from './raw-client.ts';

interface Lodging extends Place {
  readonly testCase: Case;
  readonly servers: readonly RawBackend[];
  logLines: number;
}

const firstPort = 20_000;
const atOnce = 12;
const logPatienceMs = 2000;
const lateMs = 300;
/** Listeners that have not come by then, after the last one that did, were refused. */
const refusedAfterMs = 500;
/** A proxy may call itself by one of them. */
const hostAddresses = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map((each) => each.address);

/** Several run side by side: drawn at random, two of hundreds would have one address. */
let lastWorld = Math.floor(Math.random() * 250);

export class ConformanceWorld {
  /** Refusals of configuration, as the proxy gave them. */
  readonly nacks: string[] = [];
  readonly #kind: ProxyKind;
  readonly #fault: SourceFault | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'heddle-conf-'));
  /** A loopback address that no other run has; ports below the ephemeral ones. */
  readonly #address = `127.${64 + (process.pid % 64)}.${++lastWorld % 250}.1`;
  readonly #resources = new Map<string, Map<string, EncodedResource>>();
  readonly #lodgings = new Map<string, Lodging>();
  readonly #ads: AdsServer;
  #proxy: ProxyUnderTest | undefined;

  constructor(kind: ProxyKind, fault?: SourceFault) {
    this.#kind = kind;
    this.#fault = fault;
    this.#ads = new AdsServer({
      generate: () => ({ of: (typeUrl) => this.#resources.get(typeUrl) ?? new Map<string, EncodedResource>() }),
      report: (event) => {
        if (event.kind === 'nack') this.nacks.push(`${event.type}: ${event.message}`);
      },
    });
  }

  get proxyLog(): string {
    return this.#proxy?.log() ?? '';
  }

  admin(path: string): Promise<string> {
    return this.#proxy!.admin(path);
  }

  /** Where a case's listener is: for clients of the test's own. */
  placeOf(name: string): Place {
    return this.#lodgings.get(name)!;
  }

  async start(cases: readonly Case[]): Promise<this> {
    for (const [index, testCase] of cases.entries()) await this.#lodge(testCase, index);
    const socket = join(this.#folder, 'xds.sock');
    await this.#ads.listen({ path: socket });
    this.#proxy = startProxy(this.#kind, socket, this.#fault);
    const end = Date.now() + 20_000;
    const all = [...this.#lodgings.values()];
    let missing = all.length;
    let changedAt = Date.now();
    while (missing > 0 && Date.now() < end) {
      const isMissing = listensNot();
      const left = all.filter((each) => isMissing(each)).length;
      if (left !== missing) changedAt = Date.now();
      missing = left;
      // What was refused will not come.
      if (this.nacks.length > 0 && missing < all.length && Date.now() - changedAt > refusedAfterMs) break;
      await sleep(50);
    }
    return this;
  }

  async #lodge(testCase: Case, index: number): Promise<void> {
    if (this.#lodgings.has(testCase.name)) throw new Error(`two cases are called ${testCase.name}`);
    const names = Object.keys(testCase.backends ?? { a: {} }).filter(
      (name) => testCase.backends?.[name]?.port === undefined,
    );
    const open = (name: string): Promise<RawBackend> => new RawBackend(name, testCase.backends?.[name] ?? {}).listen();
    const servers = await Promise.all(names.map(open));
    const backends = new Map(servers.map((server) => [server.name, server.port]));
    for (const [name, { port }] of Object.entries(testCase.backends ?? {})) {
      if (port !== undefined) backends.set(name, port);
    }
    const log = join(this.#folder, `${testCase.name}.log`);
    const place: Place = { address: this.#address, port: firstPort + index, log, backends };
    this.#lodgings.set(testCase.name, { ...place, testCase, servers, logLines: 0 });
    for (const { typeUrl, resource } of resourcesOf(testCase, place)) {
      const all = this.#resources.get(typeUrl) ?? new Map<string, EncodedResource>();
      this.#resources.set(typeUrl, all.set(resource.name, resource));
    }
  }

  /** Several cases at once; steps of a case one after the other. */
  async runAll(cases: readonly Case[]): Promise<Map<string, StepOutcome[]>> {
    const outcomes = new Map<string, StepOutcome[]>();
    const queue = [...cases];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        outcomes.set(next.name, await this.run(next));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return outcomes;
  }

  /** Again, without what of the first time came late. */
  async runAgain(testCase: Case): Promise<StepOutcome[]> {
    await sleep(lateMs);
    const lodging = this.#lodgings.get(testCase.name);
    if (lodging !== undefined) {
      for (const server of lodging.servers) server.take();
      if (existsSync(lodging.log)) lodging.logLines = readFileSync(lodging.log, 'utf8').split('\n').length - 1;
    }
    return this.run(testCase);
  }

  async run(testCase: Case): Promise<StepOutcome[]> {
    const lodging = this.#lodgings.get(testCase.name);
    if (lodging === undefined) throw new Error(`${testCase.name} was not started`);
    const outcomes: StepOutcome[] = [];
    for (const step of testCase.steps) outcomes.push(await this.#step(lodging, step));
    return outcomes;
  }

  async #step(lodging: Lodging, step: Step): Promise<StepOutcome> {
    const { testCase, servers } = lodging;
    const client = await runClient(lodging, resolveSend(lodging, step));
    const finals = client.responses.filter(({ start }) => !/^HTTP\/1.\d 1(?!01)/.test(start)).length;
    const log = await readLog(lodging, step.lines ?? defaultLines(testCase, finals));
    if (step.settleMs !== undefined) await sleep(step.settleMs);
    const taken = servers.flatMap((server) => server.take());
    const seen = taken.filter(({ message }) => message.complete || testCase.incomplete !== 'ignored');
    return stepOutcome(testCase, step, { client, seen, log, normalise: normaliser(testCase, names(lodging, client)) });
  }

  async close(): Promise<void> {
    await this.#proxy?.close();
    await this.#ads.close();
    await Promise.all([...this.#lodgings.values()].flatMap(({ servers }) => servers.map((server) => server.close())));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What a case calls its cluster, the proxy knows by its whole name: `$a` in a request too. */
function resolveSend({ testCase }: Lodging, step: Step): Step {
  const clusters = clusterNames(testCase);
  const text = JSON.stringify(step.send).replace(/\$([a-z][a-z0-9]*)(?![\w-])/g, (whole, word: string) =>
    clusters.includes(word) ? `${testCase.name}.${word}` : whole,
  );
  return { ...step, send: JSON.parse(text) as Step['send'] };
}

async function runClient({ address, port }: Lodging, step: Step): Promise<ClientResult> {
  const open = (): RawClient => new RawClient(step.to ?? address, port, step.from ?? '127.0.0.1');
  if (step.leaveAfterMs !== undefined) return runLeaving(open, step, step.leaveAfterMs);
  const client = open();
  return step.repeat === undefined ? client.run(step) : client.repeat(step, step.repeat);
}

async function runLeaving(open: () => RawClient, step: Step, afterMs: number): Promise<ClientResult> {
  const clients: RawClient[] = [];
  for (let count = 0; count < (step.repeat ?? 1); count++) {
    const client = open();
    clients.push(client);
    await client.begin(step, afterMs);
  }
  const results = clients.map((client) => client.finish());
  return { ...results.at(-1)!, responses: results.flatMap(({ responses }) => responses) };
}

function names({ address, port, servers }: Lodging, client: ClientResult): Map<string, string> {
  const values = new Map([[`${address}:${port}`, 'LISTENER']]);
  for (const server of servers) {
    values.set(`127.0.0.1:${server.port}`, `BACKEND-${server.name}`);
    for (const peer of server.peers) values.set(`127.0.0.1:${peer}`, 'PROXY');
  }
  values.set(`127.0.0.1:${client.port}`, 'CLIENT');
  values.set(address, 'LISTENER-IP');
  for (const each of hostAddresses) values.set(each, 'HOST-IP');
  return values;
}

/** With a filter a case has to say how many are left. */
function defaultLines({ chains, log }: Case, responses: number): number {
  if (log?.filter !== undefined) return 0;
  return chains === undefined ? responses : 1;
}

/** Lines of this step: as many as there were requests, as soon as they are there. */
async function readLog(lodging: Lodging, count: number): Promise<string[]> {
  if (lodging.testCase.log === undefined) return [];
  const end = Date.now() + logPatienceMs;
  for (;;) {
    const text = existsSync(lodging.log) ? readFileSync(lodging.log, 'utf8') : '';
    const lines = text.split('\n').slice(0, -1).slice(lodging.logLines);
    if (lines.length >= count || Date.now() > end) {
      lodging.logLines += lines.length;
      return lines;
    }
    await sleep(10);
  }
}

/** Asked of the kernel, since a connection would leave traces at backends and in logs. */
function listensNot(): (place: Lodging) => boolean {
  const table = readFileSync('/proc/net/tcp', 'utf8');
  const listening = new Set(
    [...table.matchAll(/^ *\d+: ([0-9A-F]{8}:[0-9A-F]{4}) 0{8}:0{4} 0A /gm)].map(([, each]) => each),
  );
  return ({ address, port, testCase }) => {
    const bytes = testCase.bind === 'any' ? [0, 0, 0, 0] : address.split('.').map(Number).toReversed();
    const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
    return !listening.has(`${Buffer.from(bytes).toString('hex').toUpperCase()}:${hexPort}`);
  };
}
