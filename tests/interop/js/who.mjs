// Who the SDK's default chain of credentials says we are: node who.mjs ENDPOINT [TIMES PAUSE_MS]
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const [endpoint, times = "1", pause = "0"] = process.argv.slice(2);
const client = new STSClient({ endpoint, region: "eu-west-1" });
for (let i = 0; i < Number(times); i++) {
    if (i > 0) await new Promise((done) => setTimeout(done, Number(pause)));
    const who = await client.send(new GetCallerIdentityCommand({}));
    console.log(who.Arn);
}
