// The fields of DestinationRule, as its CRD has them.
import {
  array,
  boolean,
  freeForm,
  type Infer,
  int32,
  integer,
  map,
  notYet,
  number,
  object,
  oneOf,
  required,
  rule,
  string,
  uint32,
} from '../../schema.ts';
import { clientTlsSchema } from '../parts/client-tls.ts';
import { connectionPoolSchema } from '../parts/connection-pool.ts';
import { durationSchema } from '../parts/durations.ts';
import { loadBalancerSchema } from '../parts/load-balancer.ts';

const outlierDetection = object({
  consecutiveErrors: int32(),
  splitExternalLocalOriginErrors: boolean(),
  consecutiveLocalOriginFailures: uint32(),
  consecutiveGatewayErrors: uint32(),
  consecutive5xxErrors: uint32(),
  interval: durationSchema(),
  baseEjectionTime: durationSchema(),
  maxEjectionPercent: int32(),
  minHealthPercent: int32(),
  outlierDetectionHttpErrorCodes: array(integer({ min: 100, max: 599 })),
});

const portPolicyFields = {
  loadBalancer: loadBalancerSchema,
  tls: clientTlsSchema,
  connectionPool: notYet(connectionPoolSchema, "the proxy's own limits hold"),
  outlierDetection: notYet(outlierDetection, 'no endpoint is ejected'),
};

const trafficPolicy = object({
  ...portPolicyFields,
  portLevelSettings: array(object({ port: object({ number: uint32() }), ...portPolicyFields }), { maxItems: 4096 }),
  tunnel: notYet(
    object({ protocol: string(), targetHost: required(string()), targetPort: required(uint32()) }),
    'connections go straight to the destination',
  ),
  proxyProtocol: notYet(object({ version: oneOf(['V1', 'V2']) }), 'connections begin without it'),
  retryBudget: notYet(
    object({ percent: number({ min: 0, max: 100 }), minRetryConcurrency: uint32(), budgetInterval: string() }),
    'the default of 3 concurrent retries holds',
  ),
});

const matchLabels = map(
  rule(string({ maxLength: 63 }), 'a selector has no wildcards', (value) => !value.includes('*')),
  { maxProperties: 4096 },
);

export const destinationRuleSchema = object({
  spec: object({
    host: required(string()),
    trafficPolicy,
    subsets: array(object({ name: required(string()), labels: map(string()), trafficPolicy })),
    exportTo: array(string()),
    workloadSelector: object({
      matchLabels: rule(
        matchLabels,
        'a label name must not be empty and has no wildcards',
        (labels) => !Object.keys(labels).some((key) => key === '' || key.includes('*')),
      ),
    }),
  }),
  status: freeForm(),
});

export type DestinationRuleBody = Infer<typeof destinationRuleSchema>;
export type DestinationRuleSpec = NonNullable<DestinationRuleBody['spec']>;
export type TrafficPolicyBody = Infer<typeof trafficPolicy>;
export type PortPolicyBody = NonNullable<TrafficPolicyBody['portLevelSettings']>[number];
export type OutlierDetectionBody = Infer<typeof outlierDetection>;
