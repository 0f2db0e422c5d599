/* SPDX-License-Identifier: BSD-2-Clause */
/* status.c - what mediatorctl status shows, as JSON */
#include "supervisor/status.h"

#include <linux/serial_reg.h>
#include <stdio.h>

#include "shared/json_add.h"
#include "shared/net_status.h"
#include "shared/uart_mode.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_state.h"
#include "supervisor/roles/net_keeper.h"

static json_object *ports_to_json(const struct console_options *options)
{
    json_object *ports = json_object_new_object();
    const struct uart_mode *mode = uart_mode_find(options->mode);
    char text[16];

    snprintf(text, sizeof(text), "%x-%x", options->first_port,
             options->first_port + UART_REGS - 1);
    json_add_string(ports, "guest", text);
    snprintf(text, sizeof(text), "%x", options->machine_port);
    json_add_string(ports, "machine",
                    mode && mode->needs_machine_port ? text : NULL);
    json_add_int(ports, "tcp", options->tcp_port);
    return ports;
}

static json_object *wire_to_json(const struct console *console)
{
    const struct out_ring_header *out = console->out.header;
    bool works = out && console->state != CONSOLE_IDLE &&
                 atomic_load(&out->report.has_wire);
    json_object *wire;

    if (!*console->options.wire)
        return NULL;
    wire = json_object_new_object();
    json_add_string(wire, "tty", console->options.wire);
    json_add_bool(wire, "works", works);
    json_add_int(wire, "missed",
                 out ? atomic_load(&out->report.wire_missed) : 0);
    return wire;
}

/* As stty and getty write it: "115200 8n1". */
static void add_line(json_object *object, const struct out_ring_header *out)
{
    uint32_t settings = out ? atomic_load(&out->report.settings) : 0;
    unsigned int divisor = settings & 0xffff, lcr = settings >> 16;
    char text[32], parity = 'n';

    if (lcr & UART_LCR_PARITY)
        parity = lcr & UART_LCR_EPAR ? 'e' : 'o';
    snprintf(text, sizeof(text), "%u %u%c%u", 115200 / (divisor ? divisor : 1),
             5 + (lcr & UART_LCR_WLEN8), parity,
             lcr & UART_LCR_STOP ? 2 : 1);
    json_add_string(object, "line", divisor ? text : NULL);
}

/* The counters stand in the rings' headers, each written by its role. */
static void add_counters(json_object *object, const struct console *console)
{
    const struct out_ring_header *out = console->out.header;
    const struct in_ring_header *in = console->in.header;

    json_add_int(object, "clients",
                 in && console->list->net->is_ready
                     ? atomic_load(&in->clients) : 0);
    json_add_int(object, "half_closed",
                 in && console->list->net->is_ready
                     ? atomic_load(&in->half_closed) : 0);
    json_add_int(object, "bytes", out ? atomic_load(&out->head) : 0);
    json_add_int(object, "typed",
                 out ? uart_report_typed(&out->report) : 0);
    json_add_int(object, "missed", in ? atomic_load(&in->missed) : 0);
    json_add_int(object, "restarts", console->restarts);
    json_add_int(object, "in_doubt",
                 out ? atomic_load(&out->report.in_doubt) : 0);
}

/* What a Xen with xen-patch's hypervisor part does for the console. */
static json_object *extensions_to_json(const struct console *console)
{
    const struct out_ring_header *out = console->out.header;
    uint32_t used = out && console->state != CONSOLE_IDLE
                        ? atomic_load(&out->report.xen_extensions) : 0;
    json_object *list = json_object_new_array();

    if (used & UART_REPORT_POSTED_WRITES)
        json_object_array_add(list, json_object_new_string("posted-writes"));
    if (used & UART_REPORT_SHADOW_REGISTERS)
        json_object_array_add(list,
                              json_object_new_string("shadow-registers"));
    return list;
}

static json_object *console_to_json(const struct console *console)
{
    json_object *object = json_object_new_object();

    json_add_string(object, "guest", console->guest);
    json_add_string(object, "name", console->options.name);
    json_add_string(object, "state", console_state_names[console->state]);
    if (console->state == CONSOLE_IDLE)
        json_add_string(object, "domid", NULL);
    else
        json_add_int(object, "domid", console->domain.domid);
    json_add_string(object, "mode", console->options.mode);
    json_add(object, "ports", ports_to_json(&console->options));
    json_add_bool(object, "listening", console->is_listening);
    json_add_string(object, "pty",
                    console->pty.is_published ? console->pty.path : NULL);
    add_line(object, console->out.header);
    json_add(object, "wire", wire_to_json(console));
    json_add(object, "xen", extensions_to_json(console));
    add_counters(object, console);
    return object;
}

static json_object *holder_to_json(const struct net_keeper *net)
{
    json_object *holder = json_object_new_object();
    bool has_facts = net->holder.is_contained;
    const char *neighbour = net->facts.neighbour;

    json_add_string(holder, "name", net->holder.name);
    json_add_int(holder, "domid", net->holder.domid);
    json_add_bool(holder, "contained", net->holder.is_contained);
    json_add_string(holder, "interrupt_remapping",
                    has_facts ? interrupt_remapping_name(net->facts.remapping)
                              : NULL);
    json_add_string(holder, "isolated",
                    has_facts ? pci_isolation_name(net->facts.isolation)
                              : NULL);
    json_add_string(holder, "neighbour",
                    has_facts && *neighbour ? neighbour : NULL);
    return holder;
}

static void add_card(json_object *network, const struct config *config)
{
    struct net_status status;
    const struct net_status_header *header;
    char text[NET_STATUS_TEXT_BYTES];

    if (net_status_open_reader(&status, config->directory))
        return;
    header = status.header;
    json_add_string(network, "link",
                    atomic_load(&header->has_link) ? "up" : "down");
    json_add_int(network, "link_changes", atomic_load(&header->link_changes));
    json_add_int(network, "received", atomic_load(&header->received));
    json_add_int(network, "transmitted", atomic_load(&header->transmitted));
    json_add_int(network, "receive_drops",
                 atomic_load(&header->receive_drops));
    json_add_int(network, "transmit_drops",
                 atomic_load(&header->transmit_drops));
    json_add_int(network, "receive_errors",
                 atomic_load(&header->receive_errors));
    json_add_int(network, "resets", atomic_load(&header->resets));
    net_status_get_text(header->addresses, text);
    json_add_string(network, "addresses", text);
    net_status_get_text(header->conflict, text);
    json_add_string(network, "duplicate", *text ? text : NULL);
    net_status_close(&status);
}

static const char *network_state(const struct net_keeper *net)
{
    if (!net->is_enabled)
        return "off";
    if (net->is_released)
        return "released";
    return net->is_ready ? "ready" : "starting";
}

static json_object *network_to_json(const struct net_keeper *net)
{
    json_object *network = json_object_new_object();

    json_add_string(network, "nic", net->config->nic);
    json_add_string(network, "address", net->config->address);
    json_add_string(network, "state", network_state(net));
    if (net->holder.domid)
        json_add(network, "holder", holder_to_json(net));
    json_add_int(network, "restarts", net->restarts);
    if (net->is_ready)
        add_card(network, net->config);
    return network;
}

json_object *status_to_json(const struct console_list *consoles)
{
    json_object *status = json_object_new_object();
    json_object *list = json_object_new_array();
    const struct console *console;

    console_list_for_each(console, consoles)
        json_object_array_add(list, console_to_json(console));
    json_add(status, "consoles", list);
    json_add(status, "network", network_to_json(consoles->net));
    return status;
}
