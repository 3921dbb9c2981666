// Decodes which requests an access log is for.
import {
  type AccessLogFilter as FilterMessage,
  type ComparisonFilter,
  ComparisonFilter_Op as Op,
  ComparisonFilterSchema,
} from '../../../proto/gen/envoy/config/accesslog/v3/accesslog_pb.ts';
import type { AccessLogFilter } from '../access-log.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { headerMatch } from './string-match.ts';
import { enumName, fraction, requireText } from './value.ts';

/** Envoy's response flags (1.40). */
const responseFlags: ReadonlySet<string> = new Set(
  'LH UH UT LR UR UF UC UO NR DI FI RL UAEX RLSE DC URX SI IH DPE UMSDR RFCF NFCF DT UPE NC OM DF DO DR UDO'.split(' '),
);

const checkComparison = knownFields(ComparisonFilterSchema, { read: ['op', 'value'] });
const operators = { [Op.EQ]: 'eq', [Op.GE]: 'ge', [Op.LE]: 'le', 3: 'ne' } as const;

const everything: AccessLogFilter = { kind: 'and', filters: [] };

/** Runtime keys are not looked up: defaults count. */
export function accessLogFilter({ filterSpecifier: by }: FilterMessage, at: Cursor): AccessLogFilter {
  switch (by.case) {
    case 'responseFlagFilter':
      for (const [index, flag] of by.value.flags.entries()) {
        if (responseFlags.has(flag)) continue;
        refuse(under(under(at, 'flags'), index), 'bad-enum', `no response flag is named ${flag}`);
      }
      return { kind: 'response-flags', flags: by.value.flags };
    case 'statusCodeFilter':
      return { kind: 'status-code', ...comparison(by.value.comparison, under(at, 'status_code_filter')) };
    case 'durationFilter':
      return { kind: 'duration-ms', ...comparison(by.value.comparison, under(at, 'duration_filter')) };
    case 'notHealthCheckFilter':
      return { kind: 'not-health-check' };
    case 'andFilter':
      return { kind: 'and', filters: several(by.value.filters, under(at, 'and_filter')) };
    case 'orFilter':
      return { kind: 'or', filters: several(by.value.filters, under(at, 'or_filter')) };
    case 'headerFilter':
      if (by.value.header !== undefined)
        return { kind: 'header', header: headerMatch(by.value.header, under(at, 'header')) };
      break;
    case 'runtimeFilter': {
      requireText(by.value.runtimeKey, under(at, 'runtime_key'));
      const { percentSampled } = by.value;
      const none = { numerator: 0, denominator: 100 } as const;
      return {
        kind: 'random',
        fraction: percentSampled ? fraction(percentSampled, under(at, 'percent_sampled')) : none,
      };
    }
    case undefined:
      break;
    case 'extensionFilter':
    case 'grpcStatusFilter':
    case 'logTypeFilter':
    case 'metadataFilter':
    case 'traceableFilter':
      notYet(at, `the access log filter ${by.case}`);
      return everything;
  }
  refuse(at, 'missing', 'value is required');
  return everything;
}

function several(messages: readonly FilterMessage[], at: Cursor): AccessLogFilter[] {
  if (messages.length < 2) refuse(at, 'out-of-range', 'value must contain at least 2 item(s)');
  return messages.map((message, index) => accessLogFilter(message, under(under(at, 'filters'), index)));
}

function comparison(message: ComparisonFilter | undefined, parent: Cursor) {
  const at = under(parent, 'comparison');
  if (message?.value === undefined) {
    refuse(at, 'missing', 'value is required');
    return { op: 'eq', value: 0 } as const;
  }
  checkComparison(message, at);
  requireText(message.value.runtimeKey, under(under(at, 'value'), 'runtime_key'));
  return { op: enumName(operators, message.op, under(at, 'op')), value: message.value.defaultValue };
}
