// A conformance case as its file holds it: configuration, what goes over the wire, how the backends answer, and the outcome.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

/** Envoy's JSON, in proto names. `$NAME` stands for the case's cluster of that name, `$log` for its access log. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
type Headers = Readonly<Record<string, string | readonly string[]>>;

/**
 * Wire text without any CR gets CRLF line ends and, if it has none, the empty line that ends a head.
 * With a CR in it, it goes out as it is. Characters are bytes (latin1).
 */
export type WireText = string;

export interface RequestParts {
  readonly method?: string;
  readonly path: string;
  /** Default `test`. */
  readonly host?: string;
  readonly headers?: Headers;
  /** Sent with its content-length, unless the headers say otherwise. */
  readonly body?: Bulk;
}

/** Much text without writing it down. */
export type Bulk = string | { readonly repeat: string; readonly times: number };

/** What the client does next on its connection. */
export type Action =
  | WireText
  | RequestParts
  | { readonly wait: number }
  /** Waits for so many final responses since the connection began. */
  | { readonly responses: number }
  /** Bytes as they are. */
  | { readonly raw: Bulk }
  /** A TLS ClientHello. */
  | { readonly hello: { readonly sni?: string; readonly alpn?: readonly string[] } }
  | { readonly close: 'end' | 'reset' };

/** What a backend does to answer a request, part after part. */
export type AnswerPart =
  | WireText
  | { readonly status: number; readonly headers?: Headers; readonly body?: Bulk }
  | { readonly raw: Bulk }
  | { readonly wait: number }
  | { readonly close: 'end' | 'reset' };

export interface Answer {
  readonly parts: readonly AnswerPart[];
  /** `head`: before the request's body has come. */
  readonly at?: 'head' | 'end';
}

export interface BackendScript {
  /** One for each request, in order over all connections; the last one stands for all that follow. Default: 200 and its name. */
  readonly answers?: readonly (Answer | AnswerPart | readonly AnswerPart[])[];
  /** Not HTTP: bytes are recorded, and these parts answer the first ones. */
  readonly tcp?: readonly AnswerPart[];
  /** Not HTTP: the other side's end is not answered by its own; only a part ends it. */
  readonly staysOpen?: boolean;
  /** It runs elsewhere, on this port. */
  readonly port?: number;
  /** Sent as soon as a connection comes. */
  readonly greeting?: readonly AnswerPart[];
}

export interface Chain {
  readonly name?: string;
  readonly match?: JsonObject;
  /** Merged into the connection manager; with `routes` these are its own. */
  readonly hcm?: JsonObject & { readonly routes?: Json };
  readonly tcp?: JsonObject;
}

/** One connection of the client, or several with `repeat`. */
export interface Step {
  readonly send: Action | readonly Action[];
  /** Where to: default the listener's address and port. */
  readonly to?: string;
  /** The client's address; default 127.0.0.1. */
  readonly from?: string;
  /** How many final responses to wait for; default as many as requests were sent. */
  readonly responses?: number;
  /** Waits until the proxy closes, even if no response says that it will. */
  readonly until?: 'close';
  /** Time for what happens after the response, such as a mirrored request. */
  readonly settleMs?: number;
  /** Lines of the access log to wait for; default one for each response, or for the connection where chains are given. */
  readonly lines?: number;
  readonly repeat?: number;
  /** With `repeat`: each on a connection of its own. One without an answer by then stays under way beside those that follow. */
  readonly leaveAfterMs?: number;
  /** With `repeat`: what is counted. */
  readonly tally?: 'status' | 'backend' | 'body';
  readonly expect?: unknown;
}

export interface Case {
  readonly name: string;
  readonly about: string;
  /** One of these four; the first is the short form of the second for the domain `*`. */
  readonly routes?: readonly Json[];
  readonly virtual_hosts?: readonly Json[];
  readonly route_config?: JsonObject;
  readonly istio?: IstioSource;
  readonly hcm?: JsonObject;
  /** HTTP filters before the router: by name, or in full. */
  readonly filters?: readonly (string | JsonObject)[];
  readonly listener?: JsonObject;
  /** `any`: the listener takes connections to every address. */
  readonly bind?: 'any';
  readonly chains?: readonly Chain[];
  readonly default_chain?: Chain;
  /** Merged into the Cluster; `hosts` names backends, or `refused`. Default: one cluster for each backend. */
  readonly clusters?: Readonly<Record<string, JsonObject & { readonly hosts?: readonly (string | JsonObject)[] }>>;
  readonly backends?: Readonly<Record<string, BackendScript>>;
  /** The format of an access log; its lines belong to the outcome. */
  readonly log?: { readonly text?: string; readonly json?: JsonObject; readonly filter?: JsonObject };
  /** The connections on which backends saw requests are part of the outcome. */
  readonly connections?: boolean;
  /** Requests that were broken off may or may not have reached the backend: they are no part of the outcome. */
  readonly incomplete?: 'ignored';
  /** What differs from run to run, and is not the point: `[pattern, replacement]`. */
  readonly normalise?: readonly (readonly [string, string])[];
  readonly steps: readonly Step[];
}

/** Istio's configuration instead of Envoy's: the routes that Pilot prints for a port of a proxy. */
export interface IstioSource {
  readonly yaml: string;
  readonly port: string;
  /** Printed cluster name -> backend. */
  readonly clusters: Readonly<Record<string, string>>;
}

export const casesFolder = join(import.meta.dirname, 'cases');

export interface CaseFile {
  readonly noun: string;
  readonly file: string;
  readonly cases: readonly Case[];
}

export function readCaseFiles(): CaseFile[] {
  const files = globSync(join(casesFolder, '*.yaml')).toSorted();
  return files.map((file) => {
    const cases = parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 }) as Case[];
    return { noun: basename(file, '.yaml'), file, cases };
  });
}
