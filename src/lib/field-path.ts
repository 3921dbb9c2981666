// Field paths as people read them: `spec.http[0].route[1].weight`, `metadata.labels[app.kubernetes.io/name]`.

const plainKey = /^[A-Za-z_$][A-Za-z0-9_$-]*$/;

/** `childPath('spec.http', 0)` is `spec.http[0]`; a key that could be misread goes into brackets, as Kubernetes prints it. */
export function childPath(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  if (!plainKey.test(step)) return `${path}[${step}]`;
  return path === '' ? step : `${path}.${step}`;
}

/** The steps of a path. An index comes out as a string of digits: only the value tells it from a key of digits. */
export function splitPath(path: string): string[] {
  const steps: string[] = [];
  let at = 0;
  while (at < path.length) {
    if (path[at] === '[') {
      const end = closingBracket(path, at);
      steps.push(path.slice(at + 1, end));
      at = end + 1;
    } else {
      if (path[at] === '.') at += 1;
      let end = at;
      while (end < path.length && path[end] !== '.' && path[end] !== '[') end += 1;
      steps.push(path.slice(at, end));
      at = end;
    }
  }
  return steps;
}

/** A key may itself hold brackets: the closing one is followed by another step or by the end. */
function closingBracket(path: string, open: number): number {
  for (let at = open + 1; at < path.length; at += 1) {
    const next = path[at + 1];
    if (path[at] === ']' && (next === undefined || next === '.' || next === '[')) return at;
  }
  return path.length;
}
