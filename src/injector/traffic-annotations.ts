// Reads a pod's `traffic.sidecar.istio.io/*` annotations into redirect settings; what is wrong comes back as issues.
import { isIP } from 'node:net';
import { didYouMean } from '../lib/did-you-mean.ts';
import { childPath } from '../lib/field-path.ts';
import type { Issue } from '../lib/issue.ts';
import { defaultRedirectSettings, type RedirectSettings } from './redirect-rules.ts';

const prefix = 'traffic.sidecar.istio.io/';
const known = [
  'includeInboundPorts',
  'excludeInboundPorts',
  'includeOutboundIPRanges',
  'excludeOutboundIPRanges',
  'includeOutboundPorts',
  'excludeOutboundPorts',
  'excludeInterfaces',
  'kubevirtInterfaces',
];

/** Field path of an annotation, as issues name it. */
export function annotationPath(name: string): string {
  return childPath('metadata.annotations', name);
}

export function issueAt(name: string, message: string, code: Issue['code'], hint?: string): Issue {
  return { path: annotationPath(name), message, severity: 'error', code, ...(hint === undefined ? {} : { hint }) };
}

/** Reads one annotation after the other and gathers what it cannot read. */
class AnnotationReader {
  readonly issues: Issue[] = [];
  readonly #annotations: Readonly<Record<string, string>>;

  constructor(annotations: Readonly<Record<string, string>>) {
    this.#annotations = annotations;
  }

  list<T>(name: string, read: (text: string) => T | undefined, hint: string): readonly T[] | undefined {
    const value = this.#annotations[prefix + name];
    if (value === undefined) return undefined;
    if (value.trim() === '') return [];
    const items: T[] = [];
    for (const text of value.split(',')) {
      const item = read(text.trim());
      if (item === undefined) {
        this.issues.push(issueAt(prefix + name, `invalid entry \`${text.trim()}\``, 'bad-value', hint));
      } else {
        items.push(item);
      }
    }
    return items;
  }

  ports(name: string): readonly number[] | undefined {
    return this.list(name, readPort, 'ports are numbers from 0 to 65535, separated by commas');
  }

  ranges(name: string): readonly string[] | undefined {
    return this.list(name, readRange, 'ranges are CIDR such as 10.0.0.0/8, separated by commas');
  }

  isWildcard(name: string): boolean {
    return this.#annotations[prefix + name]?.trim() === '*';
  }
}

function readPort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

function readRange(text: string): string | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  const valid =
    family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
  return valid ? text : undefined;
}

/** Linux: at most 15 bytes, no slash and no space. A trailing `+` is iptables' wildcard. */
function readInterface(text: string): string | undefined {
  return /^[^\s/!]{1,15}$/.test(text) ? text : undefined;
}

export function readTrafficAnnotations(annotations: Readonly<Record<string, string>>): {
  readonly settings: RedirectSettings;
  readonly issues: readonly Issue[];
} {
  const reader = new AnnotationReader(annotations);
  const fallback = defaultRedirectSettings;
  const settings: RedirectSettings = {
    includeInboundPorts: reader.isWildcard('includeInboundPorts')
      ? 'all'
      : (reader.ports('includeInboundPorts') ?? fallback.includeInboundPorts),
    excludeInboundPorts: reader.ports('excludeInboundPorts') ?? fallback.excludeInboundPorts,
    includeOutboundRanges: reader.isWildcard('includeOutboundIPRanges')
      ? 'all'
      : (reader.ranges('includeOutboundIPRanges') ?? fallback.includeOutboundRanges),
    excludeOutboundRanges: reader.ranges('excludeOutboundIPRanges') ?? fallback.excludeOutboundRanges,
    includeOutboundPorts: reader.ports('includeOutboundPorts') ?? fallback.includeOutboundPorts,
    excludeOutboundPorts: reader.ports('excludeOutboundPorts') ?? fallback.excludeOutboundPorts,
    excludeInterfaces:
      reader.list('excludeInterfaces', readInterface, 'interface names, separated by commas') ??
      fallback.excludeInterfaces,
    captureDns: fallback.captureDns,
  };
  return { settings, issues: [...reader.issues, ...unsupported(annotations)] };
}

function unsupported(annotations: Readonly<Record<string, string>>): Issue[] {
  const issues: Issue[] = [];
  const kubevirt = `${prefix}kubevirtInterfaces`;
  if ((annotations[kubevirt] ?? '') !== '') {
    issues.push(issueAt(kubevirt, 'redirecting the traffic of virtual machines is not supported yet', 'not-yet'));
  }
  for (const name of Object.keys(annotations)) {
    if (!name.startsWith(prefix) || known.includes(name.slice(prefix.length))) continue;
    const meant = didYouMean(name.slice(prefix.length), known);
    const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean \`${prefix}${meant}\`?`;
    issues.push({
      ...issueAt(name, 'unknown annotation, it has no effect', 'unknown-field', hint),
      severity: 'warning',
    });
  }
  return issues;
}
