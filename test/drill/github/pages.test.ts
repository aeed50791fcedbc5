import { describe, expect, test } from "@jest/globals";
import { REPOSITORY, withGitHub } from "./setup.ts";

describe("pages for people", () => {
  test("an issue's link shows it, with everything escaped", () =>
    withGitHub(async ({ as }) => {
      const octokit = as("engineer");
      const title = "<img src=x onerror=alert(1)>";
      const { data } = await octokit.rest.issues.create({
        ...REPOSITORY,
        title,
        body: "<script>1</script> & more",
      });
      await octokit.rest.issues.createComment({ ...REPOSITORY, issue_number: 1, body: "</pre><b>x</b>" });
      const reply = await fetch(data.html_url);
      const html = await reply.text();
      expect(reply.status).toBe(200);
      expect(html).toContain("&lt;script&gt;1&lt;/script&gt; &amp; more");
      expect(html).not.toMatch(/<img|<script|<b>/);
      expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
    }));

  test("a run's link shows jobs, what waits and the job's log", () =>
    withGitHub(async ({ job, github }) => {
      const { run, job: record } = job({}, "contain");
      github.host.setJobLog(record.id, "printed <here>\n");
      void github.host.awaitApproval(run.id, "containment-prod");
      const at = async (path: string) => (await fetch(`${github.serverUrl}/acme/platform${path}`)).text();
      const page = await at(`/actions/runs/${run.id}`);
      expect(page).toContain("containment-prod waits for a review by oncall-reviewer");
      expect(await at(`/actions/runs/${run.id}/job/${record.id}`)).toContain("printed &lt;here&gt;");
      expect(await at("/issues")).toContain("High: service-outage on search");
      expect((await fetch(`${github.serverUrl}/acme/platform/issues/99`)).status).toBe(404);
      expect((await fetch(`${github.serverUrl}/%E0%A4`)).status).toBe(404);
    }));
});
