// Labels and the selectors of equal labels that find them.

type Labels = Readonly<Record<string, string>>;

/** True if every label of the selector is there with that value; so an empty selector finds everything. */
export function labelsInclude(labels: Labels, selector: Labels): boolean {
  for (const [key, value] of Object.entries(selector)) if (labels[key] !== value) return false;
  return true;
}
