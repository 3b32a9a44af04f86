// Kubernetes, its store and its client as one program, which is each of them by the name it is called under (a link) or
// by its first argument. One link of what they share takes a quarter of the time and the bytes of seven.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// Each takes over with os.Args as if it were a program of its own.
var programs = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          func() { end(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() { end(controllers.NewControllerManagerCommand()) },
	"kube-proxy":              func() { end(proxy.NewProxyCommand()) },
	"kube-scheduler":          func() { end(scheduler.NewSchedulerCommand()) },
	"kubelet":                 func() { end(kubelet.NewKubeletCommand(context.Background())) },
	"kubectl": func() {
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			kubectlutil.CheckErr(err)
		}
	},
}

func end(command *cobra.Command) {
	os.Exit(cli.Run(command))
}

func main() {
	program, isKnown := programs[filepath.Base(os.Args[0])]
	if !isKnown && len(os.Args) > 1 {
		program, isKnown = programs[os.Args[1]]
		os.Args = os.Args[1:]
	}
	if !isKnown {
		names := slices.Sorted(maps.Keys(programs))
		fmt.Fprintf(os.Stderr, "usage: kubernetes %s [argument...]\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	program()
}
