// How plain YAML words become values: as kubectl does it (sigs.k8s.io/yaml over go-yaml), which is YAML 1.1 without its oddest parts.
import type { ScalarTag } from 'yaml';

const prefix = 'tag:yaml.org,2002:';

/** `y`, `on` and `yes` are booleans for kubectl too, so that they are refused where a string is due, as there. */
const bool: ScalarTag = {
  tag: `${prefix}bool`,
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE|n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$/,
  resolve: (text) => /^(?:y|on|t)/i.test(text) && !/^off$/i.test(text),
};

const nothing: ScalarTag = {
  tag: `${prefix}null`,
  default: true,
  test: /^(?:~|null|Null|NULL)?$/,
  resolve: () => null,
};

const radix: readonly [RegExp, number][] = [
  [/^0b/i, 2],
  [/^0x/i, 16],
  [/^0o?/i, 8],
];

const integer: ScalarTag = {
  tag: `${prefix}int`,
  default: true,
  test: /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)$/,
  resolve: (text) => {
    const digits = text.replace(/[-+_]/g, '');
    const sign = text.startsWith('-') ? -1 : 1;
    if (!/^0./.test(digits)) return sign * Number(digits);
    const [head, base] = radix.find(([pattern]) => pattern.test(digits)) ?? [/^0/, 8];
    return sign * Number.parseInt(digits.replace(head, ''), base);
  },
};

const float: ScalarTag = {
  tag: `${prefix}float`,
  default: true,
  test: /^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

const special: ScalarTag = {
  tag: `${prefix}float`,
  default: true,
  format: 'SPECIAL',
  test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve: (text) => (/nan/i.test(text) ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity),
};

/** No timestamps, no base-60 numbers: go-yaml leaves both as text. */
export const kubernetesScalars: readonly ScalarTag[] = [nothing, bool, integer, float, special];
