// Who the SDK's default chain of credentials says we are: who ENDPOINT
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion("eu-west-1"))
	if err == nil {
		client := sts.NewFromConfig(cfg, func(o *sts.Options) {
			o.EndpointResolver = sts.EndpointResolverFromURL(os.Args[1])
		})
		var who *sts.GetCallerIdentityOutput
		if who, err = client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err == nil {
			fmt.Println(*who.Arn)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
