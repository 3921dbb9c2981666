// A case of the exam as its files hold it (the format is in the exam's own README), and how case files are read.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../src/lib/kubernetes.ts';

export interface HttpRequest {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
  readonly connect?: string;
  readonly http2?: boolean;
  readonly sni?: string;
  readonly clientCert?: { readonly cert: string; readonly key: string };
  readonly rawPath?: string;
  readonly timeoutMs?: number;
}

export interface TcpExchange {
  readonly host: string;
  readonly port: number;
  readonly send?: string;
  readonly tls?: { readonly sni?: string };
  readonly timeoutMs?: number;
}

type Range = readonly [number, number];
export type HeaderExpectation = string | { readonly contains: readonly string[] };

export interface Expectation {
  readonly status?: number;
  readonly upstream?: { readonly app?: string; readonly version?: string; readonly namespace?: string } | null;
  readonly seen?: {
    readonly headers?: Record<string, HeaderExpectation>;
    readonly absent?: readonly string[];
    readonly [field: string]: unknown;
  };
  readonly response?: {
    readonly headers?: Record<string, HeaderExpectation>;
    readonly absent?: readonly string[];
    readonly body?: string;
  };
  readonly data?: string;
  readonly dataOneOf?: readonly string[];
  readonly dataStart?: string;
  readonly error?: string;
  readonly share?: Record<string, Range>;
  readonly statusShare?: Record<string, Range>;
  readonly statuses?: Record<string, Range>;
  readonly distinctPods?: number;
  readonly responseHeaderShare?: Record<string, Range>;
  readonly slowShare?: { readonly ms: number; readonly share: Range };
  readonly minMs?: number;
  readonly maxMs?: number;
  readonly hits?: Record<string, number | Range>;
  readonly certificate?: string;
}

export interface Step {
  readonly from: string;
  readonly wait?: number;
  readonly request?: HttpRequest;
  readonly tcp?: TcpExchange;
  readonly repeat?: number;
  readonly parallel?: number;
  readonly expect?: Expectation;
}

export interface Admission {
  readonly resource: string;
  readonly verdict: 'accepted' | 'refused';
  readonly by?: 'schema' | 'validation';
  readonly gist?: string;
}

export interface Case {
  readonly name: string;
  readonly topic: string;
  readonly about: string;
  readonly stagger?: number;
  readonly config?: readonly KubernetesObject[];
  readonly steps?: readonly Step[];
  readonly admission?: readonly Admission[];
}

/** Where the exam lies: `$HEDDLE_EXAM`, else beside the checkout. */
export function examFolder(): string {
  return resolve(process.env['HEDDLE_EXAM'] ?? resolve(import.meta.dirname, '../../../shared/exam'));
}

/** Cases of files, folders, or topics by name (`vs-match`), or of one case (`vs-match-001`). */
export function readCases(paths: readonly string[]): Case[] {
  return paths.flatMap((path) => {
    if (existsSync(path)) {
      const files = statSync(path).isDirectory() ? globSync(`${path}/**/*.yaml`).toSorted() : [path];
      return files.flatMap((file) => parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 }) as Case[]);
    }
    const topic = path.replace(/-\d+$/, '');
    const file = resolve(examFolder(), 'cases', `${topic}.yaml`);
    if (!existsSync(file)) throw new Error(`${path}: neither a file, a folder, a topic nor a case of ${examFolder()}`);
    const cases = parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 }) as Case[];
    return topic === path ? cases : cases.filter(({ name }) => name === path);
  });
}
