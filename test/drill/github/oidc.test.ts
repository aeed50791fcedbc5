import { describe, expect, test } from "@jest/globals";
import { withGitHub } from "./setup.ts";

describe("OIDC tokens", () => {
  test("carry GitHub's claims, with the environment in the subject", () =>
    withGitHub(async ({ job, github, oidc, clock }) => {
      const { run, job: record } = job({ "id-token": "write" }, "contain", "containment-prod");
      const claims = oidc.verify(github.host.mintOidcToken(record.id, "sts.amazonaws.com"), clock.now());
      expect(claims).toMatchObject({
        iss: "https://token.actions.githubusercontent.com",
        aud: "sts.amazonaws.com",
        sub: "repo:acme/platform:environment:containment-prod",
        repository: "acme/platform",
        repository_id: "610001",
        repository_owner: "acme",
        repository_owner_id: "4001",
        run_id: String(run.id),
        run_attempt: "1",
        actor: "engineer",
        workflow: "Incident",
        ref: "refs/heads/main",
        environment: "containment-prod",
        job_workflow_ref: "acme/platform/.github/workflows/incident.yml@refs/heads/main",
        job_workflow_job: "contain",
      });
      expect(claims.jti).toEqual(expect.any(String));
    }));

  test("without an environment the subject names the ref", () =>
    withGitHub(async ({ job, github, oidc, clock }) => {
      const { job: record } = job({ "id-token": "write" });
      const claims = oidc.verify(github.host.mintOidcToken(record.id, "a"), clock.now());
      expect(claims.sub).toBe("repo:acme/platform:ref:refs/heads/main");
      expect(claims).not.toHaveProperty("environment");
    }));

  test("a run of a pull request names neither: no role that trusts the default branch lets it in", () =>
    withGitHub(async ({ github, oidc, clock }) => {
      const event = { name: "w", displayTitle: "w", path: ".github/workflows/w.yml", event: "pull_request" };
      const run = github.host.createRun({ ...event, actor: "engineer", triggeringActor: "engineer" });
      const key = { runId: run.id, attempt: 1, key: "j", name: "j", environment: null };
      const { id } = github.host.createJob(key);
      github.host.mintJobToken(id, { "id-token": "write" });
      const { sub } = oidc.verify(github.host.mintOidcToken(id, "a"), clock.now());
      expect(sub).toBe("repo:acme/platform:pull_request");
    }));

  test("a repository of the new kind has immutable ids in the subject", () =>
    withGitHub(
      async ({ job, github, oidc, clock }) => {
        const { job: record } = job({ "id-token": "write" }, "preserve", "evidence-prod");
        const { sub } = oidc.verify(github.host.mintOidcToken(record.id, "a"), clock.now());
        expect(sub).toBe("repo:acme@4001/platform@610001:environment:evidence-prod");
      },
      { seed: { immutableSubject: true } },
    ));

  test("a job without id-token: write gets none, nor does one that has ended", () =>
    withGitHub(async ({ job, github: { host } }) => {
      const { job: reader } = job({ "id-token": "read", issues: "write" });
      expect(() => host.mintOidcToken(reader.id, "a")).toThrow("id-token: write");
      const { job: ended } = job({ "id-token": "write" });
      host.revokeJobToken(ended.id);
      expect(() => host.mintOidcToken(ended.id, "a")).toThrow("id-token: write");
    }));
});
