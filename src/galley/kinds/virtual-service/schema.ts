// The fields of VirtualService, as its CRD has them.
import {
  array,
  boolean,
  freeForm,
  type Infer,
  int32,
  map,
  notYet,
  number,
  object,
  oneOf,
  refused,
  required,
  rule,
  string,
  uint32,
} from '../../schema.ts';
import { durationSchema } from '../parts/durations.ts';
import { headersSchema } from '../parts/headers.ts';
import { stringMatchSchema } from '../parts/string-match.ts';

const percent = object({ value: number() });

const destination = object({
  host: required(string()),
  subset: string(),
  port: object({ number: uint32() }),
});

const httpMatch = object({
  name: string(),
  uri: stringMatchSchema,
  ignoreUriCase: boolean(),
  scheme: stringMatchSchema,
  method: stringMatchSchema,
  authority: stringMatchSchema,
  headers: map(stringMatchSchema),
  withoutHeaders: map(stringMatchSchema),
  queryParams: map(stringMatchSchema),
  port: uint32(),
  sourceLabels: map(string()),
  sourceNamespace: string(),
  gateways: array(string()),
  statPrefix: string(),
});

const redirect = object(
  {
    uri: string(),
    authority: string(),
    scheme: string(),
    port: uint32(),
    derivePort: oneOf(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']),
    redirectCode: uint32(),
    prefixRewrite: notYet(string(), 'the whole path is replaced by `uri`'),
  },
  { oneOf: [['port', 'derivePort']] },
);

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const directResponse = object({
  status: required(uint32()),
  body: object(
    { string: string(), bytes: rule(string(), 'is not base64', (bytes) => base64.test(bytes)) },
    { oneOf: [['string', 'bytes']] },
  ),
});

const fault = object({
  delay: object(
    {
      fixedDelay: durationSchema(),
      exponentialDelay: refused(durationSchema(), 'no proxy implements it; use `fixedDelay`'),
      percentage: percent,
      percent: int32(),
    },
    { oneOf: [['fixedDelay', 'exponentialDelay']] },
  ),
  abort: object(
    {
      httpStatus: int32(),
      grpcStatus: string(),
      http2Error: refused(string(), 'no proxy implements it; use `httpStatus` or `grpcStatus`'),
      percentage: percent,
    },
    { oneOf: [['httpStatus', 'grpcStatus', 'http2Error']] },
  ),
});

const cors = object({
  allowOrigin: array(string()),
  allowOrigins: array(stringMatchSchema),
  allowMethods: array(string()),
  allowHeaders: array(string()),
  exposeHeaders: array(string()),
  maxAge: durationSchema(),
  allowCredentials: boolean(),
  unmatchedPreflights: oneOf(['UNSPECIFIED', 'FORWARD', 'IGNORE']),
});

const httpRule = object({
  name: string(),
  match: array(httpMatch),
  route: array(object({ destination: required(destination), weight: int32(), headers: headersSchema })),
  redirect,
  directResponse,
  delegate: object({ name: string(), namespace: string() }),
  rewrite: object({
    uri: string(),
    authority: string(),
    uriRegexRewrite: object({ match: string(), rewrite: string() }),
  }),
  timeout: durationSchema(),
  retries: object({
    attempts: int32(),
    perTryTimeout: durationSchema(),
    retryOn: string(),
    retryRemoteLocalities: boolean(),
    retryIgnorePreviousHosts: boolean(),
    backoff: durationSchema(),
  }),
  fault,
  mirror: destination,
  mirrors: array(object({ destination: required(destination), percentage: percent })),
  mirrorPercent: uint32(),
  mirror_percent: uint32(),
  mirrorPercentage: percent,
  corsPolicy: cors,
  headers: headersSchema,
});

const layer4Match = {
  destinationSubnets: array(string()),
  port: uint32(),
  sourceLabels: map(string()),
  sourceNamespace: string(),
  gateways: array(string()),
};

const weighted = array(object({ destination: required(destination), weight: int32() }));

const tcpRule = object({
  match: array(
    object({
      ...layer4Match,
      sourceSubnet: notYet(string(), 'Istio ignores it too; use `sourceLabels` or `sourceNamespace`'),
    }),
  ),
  route: weighted,
});

const tlsRule = object({
  match: required(array(object({ ...layer4Match, sniHosts: required(array(string())) }))),
  route: weighted,
});

export const virtualServiceSchema = object({
  spec: object({
    hosts: array(string()),
    gateways: array(string()),
    exportTo: array(string()),
    http: array(httpRule),
    tcp: array(tcpRule),
    tls: array(tlsRule),
  }),
  status: freeForm(),
});

export type VirtualServiceBody = Infer<typeof virtualServiceSchema>;
export type VirtualServiceSpec = NonNullable<VirtualServiceBody['spec']>;
export type HttpRuleBody = Infer<typeof httpRule>;
export type HttpMatchBody = Infer<typeof httpMatch>;
export type TcpRuleBody = Infer<typeof tcpRule>;
export type TlsRuleBody = Infer<typeof tlsRule>;
export type DestinationBody = Infer<typeof destination>;
