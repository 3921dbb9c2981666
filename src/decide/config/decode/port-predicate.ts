// Decodes for which ports a listener filter is left out.
import type { ListenerFilterChainMatchPredicate } from '../../../proto/gen/envoy/config/listener/v3/listener_components_pb.ts';
import type { PortPredicate } from '../listener.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under } from './cursor.ts';

const any: PortPredicate = { kind: 'any' };

export function portPredicate({ rule: by }: ListenerFilterChainMatchPredicate, at: Cursor): PortPredicate {
  switch (by.case) {
    case 'anyMatch':
      if (!by.value) refuse(under(at, 'any_match'), 'bad-value', 'value must equal true');
      return any;
    case 'destinationPortRange':
      return { kind: 'port-range', start: by.value.start, end: by.value.end };
    case 'notMatch':
      return { kind: 'not', rule: portPredicate(by.value, under(at, 'not_match')) };
    case 'andMatch':
      return { kind: 'and', rules: several(by.value.rules, under(at, 'and_match')) };
    case 'orMatch':
      return { kind: 'or', rules: several(by.value.rules, under(at, 'or_match')) };
    case undefined:
      refuse(under(at, 'rule'), 'missing', 'value is required');
      return any;
  }
}

function several(messages: readonly ListenerFilterChainMatchPredicate[], parent: Cursor): PortPredicate[] {
  const at = under(parent, 'rules');
  if (messages.length < 2) refuse(at, 'out-of-range', 'value must contain at least 2 item(s)');
  return messages.map((message, index) => portPredicate(message, under(at, index)));
}
