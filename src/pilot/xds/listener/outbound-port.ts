// A port of a service under one address by which a sidecar's application may dial it.
import type { Service, ServicePort } from '../../../model/service.ts';
import type { EgressView } from '../../view/egress-view.ts';

/** One port of a service that is to be reachable at an address. */
export interface OutboundPort {
  readonly egress: EgressView;
  readonly service: Service;
  readonly port: ServicePort;
  /** Empty: wherever HTTP of that port is served. */
  readonly bind: string;
  readonly bindToPort: boolean;
  /** The service's range where it has no single address. */
  readonly cidr: string;
  readonly ofPod: boolean;
}
