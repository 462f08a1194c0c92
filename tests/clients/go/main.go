// Takes a connector through its life with github.com/go-kafka/connect, by that client's own code paths. The worker and the
// simulator are told by the environment: WORKER, SIMULATOR.
package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/go-kafka/connect"
)

// What takes a second on an idle machine.
const limit = time.Minute

func must(condition bool, what string, seen ...any) {
	if !condition {
		fmt.Fprintln(os.Stderr, append([]any{"not so:", what, "--"}, seen...)...)
		os.Exit(1)
	}
}

// The call was answered with the status.
func answered(wanted int, response *http.Response, err error) {
	must(err == nil && response.StatusCode == wanted, fmt.Sprint("status ", wanted), response, err)
}

// The call was refused with the status, and the worker has said why.
func refused(wanted int, word string, response *http.Response, err error) {
	var told connect.APIError
	must(errors.As(err, &told), fmt.Sprint("refused with ", wanted), err)
	must(told.Code == wanted && response.StatusCode == wanted, fmt.Sprint("code ", wanted), err)
	must(strings.Contains(told.Message, word), "the message says "+word, told.Message)
}

func wait(what string, holds func() bool) {
	for until := time.Now().Add(limit); !holds(); time.Sleep(100 * time.Millisecond) {
		must(time.Now().Before(until), what+" in time")
	}
}

func main() {
	client := connect.NewClient(os.Getenv("WORKER") + "/")
	client.HTTPClient = &http.Client{Timeout: limit}
	simulator := os.Getenv("SIMULATOR")
	settings := connect.ConnectorConfig{
		"connector.class":       "GenesysSource",
		"genesys.api.url":       simulator,
		"genesys.login.url":     simulator,
		"genesys.client.id":     "${env:GENESYS_CLIENT_ID}",
		"genesys.client.secret": "${env:GENESYS_CLIENT_SECRET}",
		"genesys.org.id":        "acme",
		"extract.start":         "2026-01-01T00:00:00Z",
		"extract.end":           "2026-01-03T00:00:00Z",
	}
	const name = "go source/é"
	// This client leaves the encoding of names to whoever calls it.
	const encoded = "go%20source%2F%C3%A9"

	names, response, err := client.ListConnectors()
	answered(200, response, err)
	must(len(names) == 0, "nothing is there", names)
	_, response, err = client.GetConnector(encoded)
	refused(404, name, response, err)
	_, response, err = client.GetConnectorStatus(encoded)
	refused(404, name, response, err)
	response, err = client.DeleteConnector(encoded)
	refused(404, name, response, err)
	response, err = client.PauseConnector(encoded)
	refused(404, name, response, err)

	created := &connect.Connector{Name: name, Config: settings}
	response, err = client.CreateConnector(created)
	answered(201, response, err)
	must(strings.HasSuffix(response.Header.Get("Location"), "/connectors/"+encoded), "its address", response.Header)
	response, err = client.CreateConnector(&connect.Connector{Name: name, Config: settings})
	refused(409, "already exists", response, err)
	response, err = client.CreateConnector(&connect.Connector{Name: "go-bad", Config: connect.ConnectorConfig{"tasks.max": "1"}})
	refused(400, "contains no connector type", response, err)

	running := func() bool {
		status, _, err := client.GetConnectorStatus(encoded)
		return err == nil && status.Connector.State == "RUNNING" && len(status.Tasks) == 1 &&
			status.Tasks[0].State == "RUNNING" && status.Connector.WorkerID != ""
	}
	wait("it runs", running)
	expected := connect.ConnectorConfig{"name": name}
	for key, value := range settings {
		expected[key] = value
	}
	config, response, err := client.GetConnectorConfig(encoded)
	answered(200, response, err)
	must(reflect.DeepEqual(config, expected), "settings as they were written", config)
	connector, response, err := client.GetConnector(encoded)
	answered(200, response, err)
	must(connector.Name == name && len(connector.Tasks) == 1, "the connector with its task", connector)
	tasks, response, err := client.GetConnectorTasks(encoded)
	answered(200, response, err)
	must(len(tasks) == 1 && tasks[0].ID == connect.TaskID{ConnectorName: name, ID: 0}, "its task", tasks)

	settings["extract.slice.ms"] = "3600000"
	connector, response, err = client.UpdateConnectorConfig(encoded, settings)
	answered(200, response, err)
	must(connector.Config["extract.slice.ms"] == "3600000", "settings anew", connector)
	settings["tasks.max"] = "none"
	_, response, err = client.UpdateConnectorConfig(encoded, settings)
	refused(400, "tasks.max", response, err)
	wait("it runs with them", running)

	response, err = client.PauseConnector(encoded)
	answered(202, response, err)
	wait("it is paused", func() bool {
		status, _, err := client.GetConnectorStatus(encoded)
		return err == nil && status.Connector.State == "PAUSED" && status.Tasks[0].State == "PAUSED"
	})
	response, err = client.ResumeConnector(encoded)
	answered(202, response, err)
	wait("it goes on", running)
	response, err = client.RestartConnector(encoded)
	answered(204, response, err)
	wait("it runs again", running)
	response, err = client.DeleteConnector(encoded)
	answered(204, response, err)
	_, response, err = client.GetConnector(encoded)
	refused(404, name, response, err)
	delete(settings, "tasks.max")
	_, response, err = client.UpdateConnectorConfig(encoded, settings)
	answered(201, response, err)
	response, err = client.DeleteConnector(encoded)
	answered(204, response, err)
	fmt.Println("   go-kafka/connect: as it should be")
}
