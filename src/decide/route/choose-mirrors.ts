// Which clusters get a copy of a request.
import type { ForwardAction, MirrorPolicy } from '../config/route-action.ts';
import { holdsFor } from '../match/fraction.ts';
import type { RequestView } from '../request-view.ts';
import { clusterName } from './choose-cluster.ts';
import type { ChosenRoute } from './choose-route.ts';
import { portStart } from './virtual-host.ts';

export interface Mirror {
  readonly cluster: string;
  readonly policy: MirrorPolicy;
}

const none: readonly Mirror[] = Object.freeze([]);

/** The route's policies; without any the virtual host's, and without those the route configuration's. */
export function chooseMirrors(
  { config, virtualHost }: ChosenRoute,
  action: ForwardAction,
  request: RequestView,
  randomValue: number,
): readonly Mirror[] {
  const policies = [action.mirrors, virtualHost.mirrors, config.mirrors].find((list) => list.length > 0);
  if (policies === undefined) return none;
  return policies
    .filter(({ fraction }) => fraction === undefined || holdsFor(fraction, randomValue))
    .map((policy) => ({ cluster: clusterName(policy.target, request), policy }))
    .filter(({ cluster }) => cluster !== '');
}

/** The host that a mirrored request carries: `shop-shadow:8080`. */
export function mirroredHost(host: string, { disableHostSuffix }: MirrorPolicy): string {
  if (disableHostSuffix) return host;
  const port = portStart(host);
  return port < 0 ? `${host}-shadow` : `${host.slice(0, port)}-shadow${host.slice(port)}`;
}
