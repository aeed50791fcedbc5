/** What is to be said about one GitHub environment. */
import { applyCommand, type Context } from "./context.ts";
import type { BranchPolicy, EnvironmentState } from "./environment-state.ts";
import { type Finding, subject, whyNot } from "./finding.ts";
import type { Read } from "./read.ts";
import { hasReviewers } from "./repository.ts";

/** A GitHub environment that the runbook names. */
export interface Wanted {
  /** The runbook's environment. */
  environment: string;
  name: string;
  purpose: "containment" | "break-glass";
}

const PURPOSE = {
  containment: "nothing is contained without an approval here",
  "break-glass": "evidence is only ever gone without after an approval here",
};
const NO_REVIEWERS =
  "a private repository on this plan has no required reviewers, so Firebreak refuses every containment";
const OTHER_PLAN = "Move the repository to GitHub Enterprise, or make it public.";

export function environmentFindings(
  context: Context,
  wanted: Wanted,
  state: Read<EnvironmentState>,
): Finding[] {
  const what = `environment ${wanted.name}`;
  const whole = subject(`environment.${wanted.name}`, what, PURPOSE[wanted.purpose]);
  if (state.is === "refused" || state.is === "not-in-plan") return [whole.unreadable(whyNot(state))];
  if (state.is === "absent") {
    const planned = hasReviewers(context.repository) === false;
    return [
      planned
        ? whole.missing(`does not exist, and ${NO_REVIEWERS}`, OTHER_PLAN)
        : whole.missing(
            "does not exist; a job that names it makes GitHub create it without any protection",
            create(context, wanted),
          ),
    ];
  }
  return [
    reviewers(context, wanted, state.value),
    ...(state.value.reviewers.length > 0 ? [selfReview(context, wanted, state.value)] : []),
    bypass(context, wanted, state.value),
    branches(context, wanted, state.value),
  ];
}

function create(context: Context, { environment, purpose }: Wanted): string {
  const option = purpose === "containment" ? "--reviewers" : "--break-glass-reviewers";
  return applyCommand(context, "--environment", environment, option, "USER,team/SLUG");
}

function reviewers(context: Context, wanted: Wanted, { reviewers: who }: EnvironmentState): Finding {
  const { name, purpose } = wanted;
  const about = subject(
    `environment.${name}.reviewers`,
    `environment ${name}, required reviewers`,
    PURPOSE[purpose],
  );
  if (who.length === 0) {
    const planned = hasReviewers(context.repository);
    if (planned === false) return about.missing(NO_REVIEWERS, OTHER_PLAN);
    const plan = planned === null ? " (a private repository needs GitHub Enterprise for it)" : "";
    return about.missing(
      "there are none: jobs just run, and Firebreak refuses them",
      `${create(context, wanted)}${plan}`,
    );
  }
  const names = who.map((reviewer) => reviewer.name).join(", ");
  if (who.length === 1 && who[0]?.type === "User") {
    return about.weak(
      `only ${names}, who cannot approve what they dispatched themselves`,
      `Add a second person, or a team: ${settings(context)}`,
    );
  }
  return about.fine(`${who.length}: ${names}; any one of them approves`);
}

function selfReview(context: Context, { environment, name }: Wanted, state: EnvironmentState): Finding {
  const purpose = "who dispatches does not approve; the gate refuses it, too";
  const about = subject(`environment.${name}.self-review`, `environment ${name}, self-review`, purpose);
  return state.preventSelfReview
    ? about.fine("prevented")
    : about.weak("not prevented", applyCommand(context, "--environment", environment));
}

function bypass(
  context: Context,
  { environment, name }: Wanted,
  { adminsBypass }: EnvironmentState,
): Finding {
  const purpose = "an administrator who passes the reviewers by leaves no approval, and the gate refuses";
  const about = subject(`environment.${name}.bypass`, `environment ${name}, administrators`, purpose, false);
  if (adminsBypass === null)
    return about.unreadable("this GitHub does not say whether administrators may bypass it");
  return adminsBypass
    ? about.weak("may bypass the reviewers", applyCommand(context, "--environment", environment))
    : about.fine("may not bypass the reviewers");
}

/**
 * The containment role trusts the environment, not a branch. "Protected branches" lets every protected branch deploy,
 * and every branch at all while none is protected.
 */
function branches(context: Context, { environment, name }: Wanted, state: EnvironmentState): Finding {
  const { defaultBranch } = context.repository;
  const purpose = "a workflow of another branch, which nobody reviewed, cannot take on the containment role";
  const about = subject(`environment.${name}.branches`, `environment ${name}, branches`, purpose);
  const mend = applyCommand(context, "--environment", environment);
  const byHand = `Let ${defaultBranch} alone deploy: ${settings(context)}`;
  if (state.branches === "all") return about.missing("every branch may deploy", mend);
  if (state.branches === "protected") {
    return about.weak("every protected branch may deploy, and every branch while none is protected", byHand);
  }
  const matching = state.branches.filter((policy) => lets(policy, defaultBranch));
  const others = state.branches.filter(({ name, type }) => type === "tag" || name !== defaultBranch);
  if (matching.length === 0) {
    const detail = `${defaultBranch} may not deploy, so that nothing can be contained`;
    return about.missing(detail, state.branches.length === 0 ? mend : byHand);
  }
  if (others.some(({ name }) => /^\*+(\/\*+)*$/.test(name)))
    return about.missing("every branch may deploy", byHand);
  if (others.length > 0) {
    return about.weak(
      `${others.map((other) => `${other.type} ${other.name}`).join(", ")} may deploy, too`,
      byHand,
    );
  }
  return about.fine(`only ${defaultBranch} may deploy`);
}

/** Patterns are Ruby's File.fnmatch: `*` stops at a slash. */
function lets({ name, type }: BranchPolicy, branch: string): boolean {
  const pattern = name
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
  return type === "branch" && new RegExp(`^${pattern}$`).test(branch);
}

function settings({ repository }: Context): string {
  return `${repository.page}/settings/environments`;
}
