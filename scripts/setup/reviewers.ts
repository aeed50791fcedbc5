/** People and teams named on the command line, looked up before anything is changed. */
import { badInput } from "../../src/errors.ts";
import type { GitHub } from "../../src/ports.ts";
import { explain } from "./read.ts";
import type { Repository } from "./repository.ts";

export interface Reviewer {
  type: "User" | "Team";
  id: number;
  /** `login` or `team/slug`. */
  name: string;
}

/**
 * @throws FirebreakError for a name that does not exist, is no person or team, or cannot read the repository: a
 * reviewer needs to (https://docs.github.com/rest/deployments/environments#create-or-update-an-environment).
 */
export async function findReviewers(
  github: GitHub,
  repository: Repository,
  option: string,
  names: readonly string[],
): Promise<Reviewer[]> {
  const found: Reviewer[] = [];
  for (const name of names) {
    const slug = /^team\/(.+)$/.exec(name)?.[1];
    const find = slug === undefined ? findUser(github, repository, name) : findTeam(github, repository, slug);
    const reviewer = await find.catch((error) => {
      throw badInput(
        option,
        `names ${name}, and ${why(error)}`,
        "Give people and teams of this organization.",
      );
    });
    found.push(reviewer);
  }
  return found;
}

/** A reason of this file, or GitHub's. */
function why(error: unknown): string {
  if (error instanceof NotFit) return error.message;
  if ((error as { status?: number }).status === 404) return "GitHub knows no such name";
  return explain(error, "Metadata: read, and Members: read for teams");
}

class NotFit extends Error {}

async function findUser(
  github: GitHub,
  { owner, repo, name }: Repository,
  username: string,
): Promise<Reviewer> {
  const { data } = await github.rest.users.getByUsername({ username });
  if (data.type !== "User") throw new NotFit(`that is no person but of type ${data.type}`);
  const { data: access } = await github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username });
  if (access.permission === "none") throw new NotFit(`${data.login} cannot read ${name}`);
  return { type: "User", id: data.id, name: data.login };
}

async function findTeam(github: GitHub, repository: Repository, team_slug: string): Promise<Reviewer> {
  const { owner: org, repo, name, organization } = repository;
  if (!organization) throw new NotFit(`${org} is no organization, so it has no teams`);
  const { data } = await github.rest.teams.getByName({ org, team_slug });
  try {
    await github.rest.teams.checkPermissionsForRepoInOrg({ org, team_slug, owner: org, repo });
  } catch (error) {
    if ((error as { status?: number }).status !== 404) throw error;
    throw new NotFit(`team ${data.slug} cannot read ${name}`);
  }
  return { type: "Team", id: data.id, name: `team/${data.slug}` };
}
