// Envoy's format strings (access logs, header values): whether a proxy takes one. A wrong one would cost it the whole resource.
// Names and arguments as Envoy 1.40 takes them ("Command operators" in its documentation of access logging).

import {
  argumentOf,
  foreignCommands,
  headerCommands,
  plainCommands,
  shortenedCommands,
} from '../../proto/format-commands.ts';

const header = /^:?[\w!#$&'*+.^`|~-]+(\?:?[\w!#$&'*+.^`|~-]+)?$/;

/** False if Envoy would refuse it. `%%` is a percent sign. */
export function isFormatString(text: string): boolean {
  const rest = text.replace(
    /%%|%(\w+)(?:\(([^)]*)\))?(?::(\d+))?%/g,
    (whole, name?: string, args?: string, length?: string) =>
      whole === '%%' || isOperator(name ?? '', args, length) ? '' : '%',
  );
  return !rest.includes('%');
}

function isOperator(name: string, args: string | undefined, length: string | undefined): boolean {
  const ofHeader = Object.hasOwn(headerCommands, name);
  if (length !== undefined && !ofHeader && !shortenedCommands.has(name)) return false;
  if (args === undefined) return plainCommands.has(name);
  if (ofHeader) return header.test(args);
  // Expressions of their own, which cannot be judged from here.
  if (foreignCommands.has(name)) return /./.test(args);
  return Object.hasOwn(argumentOf, name) && argumentOf[name]?.test(args) === true;
}
