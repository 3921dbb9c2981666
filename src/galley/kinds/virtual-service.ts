// VirtualService: how requests to hosts are routed. Lowers to a route table.
import type { ConfigKind } from './kind.ts';
import { lowerVirtualService } from './virtual-service/lower.ts';
import { referencesOfVirtualService } from './virtual-service/references.ts';
import { type VirtualServiceBody, virtualServiceSchema } from './virtual-service/schema.ts';
import { validateVirtualService } from './virtual-service/validate.ts';

export const virtualServiceKind: ConfigKind<VirtualServiceBody> = {
  kind: 'VirtualService',
  group: 'networking.istio.io',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  plural: 'virtualservices',
  namespaced: true,
  schema: virtualServiceSchema,
  validate: validateVirtualService,
  references: referencesOfVirtualService,
  lower: (resource, context) => ({ routeTables: [lowerVirtualService(resource, context)] }),
};
