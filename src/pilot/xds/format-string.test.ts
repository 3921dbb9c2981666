// Format strings: what Envoy 1.40 was seen to take and to refuse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFormatString } from './format-string.ts';

const taken = `%REQ(X)% %REQ(:METHOD?Y)% %REQ(X?Y):10% %% %START_TIME(%s.%3f)% %START_TIME% %DURATION% %PATH(NQ)%
  %COMMON_DURATION(DS_RX_BEG:DS_RX_END:ms)% %FILTER_STATE(x:PLAIN)% %UPSTREAM_CLUSTER_RAW% %METADATA(ROUTE:istio)%
  %DOWNSTREAM_PEER_URI_SAN% %GRPC_STATUS(CAMEL_STRING)% %ENVIRONMENT(X)% %RESPONSE_CODE%%% %DURATION%:5 %PROTOCOL%:`;
const refused = `% 100% 50%-off %foo %FOO% %REQ% %REQ()% %DURATION(x)% %DURATION:5% %PROTOCOL():5% %METADATA(FOO:x)%
  %COMMON_DURATION(x)% %FILTER_STATE(x:BAD)% %RESPONSE_FLAGS%% %REQ(a)(b)% %PATH(ZZ)% %REQ_WITHOUT_QUERY(X)%
  %constructor% %constructor(x)% %GRPC_STATUS(X)% %REQ(Y`;

test('operators that Envoy takes', () => {
  for (const each of taken.split(/\s+/)) assert.ok(isFormatString(each), each);
  assert.ok(isFormatString(taken) && isFormatString('no operator at all') && isFormatString(''));
});

test('operators that Envoy refuses', () => {
  for (const each of refused.split(/\s+/)) assert.ok(!isFormatString(each), each);
});
