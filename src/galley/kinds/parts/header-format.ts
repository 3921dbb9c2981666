// The form of header values with commands: `%HOSTNAME%`, `%REQ(x)%`, `%DYNAMIC_METADATA(["a", "b"])%`, `%%` for a percent sign.
// Envoy: "Custom request/response headers". Which commands exist is Envoy's business; only the form is checked.

type State = 'literal' | 'name' | 'array' | 'string-start' | 'string' | 'array-next' | 'arguments-end' | 'command-end';

/** What is wrong with the value, or undefined. */
export function headerFormatProblem(value: string): string | undefined {
  let state: State = 'literal';
  for (let at = 0; at < value.length; at += 1) {
    const each = value[at] ?? '';
    const next = value[at + 1];
    if (state === 'literal') {
      if (each !== '%') continue;
      if (next === undefined) return 'ends with a single percent sign';
      if (next === '%') at += 1;
      else state = 'name';
    } else if (state === 'string' && each === '\\') {
      if (next === undefined) return 'ends with a backslash inside a command';
      at += 1;
    } else {
      const step = advance(state, each);
      if (step === undefined) return `has \`${each}\` where ${expected[state]} belongs`;
      state = step;
    }
  }
  return state === 'literal' ? undefined : `has a command without its closing percent sign`;
}

const expected: Readonly<Record<Exclude<State, 'literal'>, string>> = {
  name: 'a name',
  array: 'an argument',
  'string-start': 'a quote',
  string: 'text',
  'array-next': '`,` or `]`',
  'arguments-end': '`)`',
  'command-end': '`%`',
};

/** The state after one character; undefined if it may not stand there. */
function advance(state: Exclude<State, 'literal'>, each: string): State | undefined {
  const blank = each === ' ';
  switch (state) {
    case 'name':
      return each === '%' ? 'literal' : each === '(' ? 'array' : state;
    case 'array':
      return each === '[' ? 'string-start' : blank ? state : 'string';
    case 'string-start':
      return each === '"' ? 'string' : blank ? state : undefined;
    case 'string':
      return each === ')' ? 'command-end' : each === '"' ? 'array-next' : state;
    case 'array-next':
      return each === ',' ? 'string-start' : each === ']' ? 'arguments-end' : blank ? state : undefined;
    case 'arguments-end':
      return each === ')' ? 'command-end' : blank ? state : undefined;
    case 'command-end':
      return each === '%' ? 'literal' : blank ? state : undefined;
  }
}
