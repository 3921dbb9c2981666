// The filters that there are, and a chain of them from its configuration.
import type { HttpFilter } from '../../decide/config/http-filter.ts';
import type { StreamFilter } from '../http/stream.ts';
import { CorsFilter } from './cors.ts';
import { FaultFilter } from './fault.ts';
import { RouterFilter } from './router.ts';

/** Without those that change nothing that a client or an application could see. */
export function filterChain(configs: readonly HttpFilter[]): readonly StreamFilter[] {
  return configs.flatMap((config) => makeFilter(config) ?? []);
}

function makeFilter(config: HttpFilter): StreamFilter | undefined {
  switch (config.kind) {
    case 'fault':
      return new FaultFilter(config);
    case 'cors':
      return new CorsFilter(config);
    case 'router':
      return new RouterFilter(config);
    case 'grpc-stats':
    case 'grpc-web':
      return undefined;
  }
}
