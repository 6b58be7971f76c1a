// Checks the format of a commit subject: `type(scope): imperative summary`.

const TYPES = ['build', 'chore', 'ci', 'docs', 'feat', 'fix', 'perf', 'refactor', 'revert', 'style', 'test'];
const LONGEST = 72;
const FORM = new RegExp(`^(${TYPES.join('|')})(\\([a-z0-9,./ -]+\\))?!?: (.+)$`);
/** Imperatives that look like another verb form. */
const IMPERATIVE = /^(pass|process|address|bypass|express|compress|focus|press|access|embed|need|feed|shed|speed|bring|ring|string)$/;
const OTHER_FORM = /(ed|ing|[^s]s)$/;
const NO_VERB = /^(a|an|the|what|who|whose|when|where|how|why|no|not|one|two|more|all|each|every|it|its|this|that|these|those)$/;

/** Returns the problem with a subject, or `null`. */
export function subjectFault(subject) {
  if (/^(Merge|Revert) /.test(subject)) return null;
  if (subject.length > LONGEST) return `it has ${subject.length} characters; use at most ${LONGEST}`;
  const summary = FORM.exec(subject)?.[3];
  if (summary === undefined) return `it must have the form "type(scope): summary"; the types are ${TYPES.join(', ')}`;
  if (/^[A-Z]/.test(summary)) return 'the summary starts with a capital letter';
  if (summary.endsWith('.')) return 'the summary ends with a full stop';
  const [first] = summary.split(/[\s,]/);
  if (!IMPERATIVE.test(first) && (OTHER_FORM.test(first) || NO_VERB.test(first))) return `"${first}" is not an imperative`;
  return null;
}
