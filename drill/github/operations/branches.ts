/** What protects a branch: classic protection, rulesets, code owners. */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, numberIn, textIn } from "../api.ts";
import { notFound } from "../errors.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { requirePaid } from "../plan.ts";
import { iso, nodeId, repositoryUrl } from "../present-people.ts";
import { team } from "../present-teams.ts";
import type { StoredRuleset } from "../ruleset-store.ts";
import type { Caller, JsonObject, Ruleset } from "../types.ts";
import type { World } from "../world.ts";

/** https://docs.github.com/rest/branches/branch-protection#get-branch-protection */
function getProtection(request: ApiRequest, world: World): ApiReply {
  requirePaid(world);
  if (!administers(request.caller)) throw notFound();
  const branch = textIn(request, "branch");
  const rules = branch === world.seed.defaultBranch ? world.settings.branchProtection : undefined;
  if (rules === undefined) throw notFound("Branch not protected");
  const url = `${repositoryUrl(world)}/branches/${branch}/protection`;
  return {
    status: 200,
    json: {
      url,
      required_pull_request_reviews: {
        url: `${url}/required_pull_request_reviews`,
        dismiss_stale_reviews: rules.dismissStale ?? false,
        require_code_owner_reviews: rules.codeOwners,
        required_approving_review_count: rules.approvals,
        require_last_push_approval: false,
        bypass_pull_request_allowances: {
          users: [],
          teams: world.people.teams
            .filter(({ slug }) => rules.exemptTeams?.includes(slug))
            .map((it) => team(world, it)),
          apps: [],
        },
      },
      enforce_admins: { url: `${url}/enforce_admins`, enabled: rules.enforceAdmins },
      allow_force_pushes: { enabled: false },
      allow_deletions: { enabled: false },
    },
  };
}

function administers(caller: Caller): boolean {
  return caller.kind === "job" || caller.role === "admin";
}

/** Who bypasses a ruleset is told to those who may write it. */
function ruleset(world: World, it: StoredRuleset, caller: Caller): JsonObject {
  const { id, createdAt, updatedAt, bypass_actors: actors = [], ...rest } = it;
  return {
    id,
    target: "branch",
    source_type: "Repository",
    source: world.seed.repository,
    node_id: nodeId("RRS", id),
    conditions: {},
    rules: [],
    ...rest,
    current_user_can_bypass: "never",
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
    ...(administers(caller) ? { bypass_actors: actors } : {}),
  };
}

/** An owner that GitHub does not know makes the line of no effect. */
async function codeOwnersErrors(_: ApiRequest, world: World): Promise<ApiReply> {
  for (const path of [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"]) {
    const entry = await world.hooks.readContent?.(path);
    if (entry?.type !== "file") continue;
    const lines = Buffer.from(entry.content).toString("utf8").split("\n");
    const errors = lines.flatMap((source, index) =>
      unknownOwners(source, world).map((owner) => ({
        line: index + 1,
        column: source.indexOf(owner) + 1,
        source,
        kind: "Unknown owner",
        suggestion: null,
        message: `Unknown owner on line ${index + 1}: make sure ${owner} exists and has write access to the repository`,
        path,
      })),
    );
    return { status: 200, json: { errors } };
  }
  return { status: 404 };
}

function unknownOwners(line: string, { people }: World): string[] {
  const [, ...owners] = line.replace(/#.*/, "").trim().split(/\s+/);
  return owners.filter((owner) => {
    const [name = "", slug] = owner.replace(/^@/, "").split("/");
    const role = slug === undefined ? people.find(name)?.role : people.team(slug)?.role;
    const elsewhere = slug !== undefined && name.toLowerCase() !== people.owner.login.toLowerCase();
    return elsewhere || !["write", "maintain", "admin"].includes(role ?? "");
  });
}

export const branchOperations = {
  "repos/get-branch-protection": getProtection,
  "repos/get-branch-rules": (request, world) => {
    requirePaid(world);
    const { rulesets, seed } = world;
    const rules = rulesets.rulesOn(textIn(request, "branch"), seed.defaultBranch);
    return paged(request, world, rules, ({ ruleset: from, ...rule }) => ({
      ...rule,
      ruleset_source_type: "Repository",
      ruleset_source: seed.repository,
      ruleset_id: from.id,
    }));
  },
  "repos/get-repo-rulesets": (request, world) => {
    requirePaid(world);
    return paged(request, world, world.rulesets.list(), (it) => {
      const { rules: _rules, conditions: _conditions, ...short } = ruleset(world, it, request.caller);
      return short;
    });
  },
  "repos/get-repo-ruleset": (request, world) => {
    requirePaid(world);
    const found = world.rulesets.get(numberIn(request, "ruleset_id"));
    return { status: 200, json: ruleset(world, found, request.caller) };
  },
  "repos/create-repo-ruleset": (request, world) => {
    requirePaid(world);
    const made = world.rulesets.create(bodyOf(request) as unknown as Ruleset, world.clock.now());
    return { status: 201, json: ruleset(world, made, request.caller) };
  },
  "repos/update-repo-ruleset": (request, world) => {
    requirePaid(world);
    const id = numberIn(request, "ruleset_id");
    const change = bodyOf(request) as unknown as Partial<Ruleset>;
    return {
      status: 200,
      json: ruleset(world, world.rulesets.update(id, change, world.clock.now()), request.caller),
    };
  },
  "repos/codeowners-errors": codeOwnersErrors,
} satisfies Partial<Record<OperationId, Handler>>;
