/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mediatorctl.c - the command line: sends the request that a verb stands for
 * (control_protocol.h) and prints the answer
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/attach.h"
#include "ctl/control_client.h"
#include "shared/control_protocol.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static const char help_text[] =
"Usage: mediatorctl [--directory=DIR] VERB [ARGUMENT]...\n"
"Serves the serial consoles of Xen guests to TCP clients, by mediatord.\n"
"\n"
"  serve GUEST [OPTIONS]     serve a paused or running HVM guest's COM1\n"
"  unserve GUEST [NAME]      take its console away; its history goes, too\n"
"  break GUEST [NAME]        send a break to the guest (SysRq on Linux)\n"
"  attach [--read-only] [--escape=^X|none] GUEST [NAME]\n"
"                            the console in this terminal; ^] . leaves it,\n"
"                            ^] ? shows the other keys\n"
"  list [GUEST [NAME]]       the consoles, a line each\n"
"  status [--json] [GUEST [NAME]]\n"
"                            the same with counters\n"
"  nic release|take          give the passed-through card to dom0's Linux,\n"
"                            or take it again\n"
"\n"
"OPTIONS is one word of items separated by ';', with these defaults:\n"
"  'name=com1;ports=3f8-3ff;irq=4;mode=passthrough;machine=3f8;tcp=1234;\n"
"   history=1M;access=rw'\n"
"  mode=virtual   a UART that needs no machine port\n"
"  machine=PORT   the machine's own UART behind the guest's COM1\n"
"  tcp=PORT       where clients connect: nc ADDRESS PORT\n"
"  history=SIZE   how much output is kept for clients that come later\n"
"  replay=SIZE    how much of it a new client gets first (all; off: none)\n"
"  access=ro      clients cannot type\n"
"  allow=A/BITS,...  who may connect (everybody)\n"
"  rts=on         the guest gets input only while its RTS is up\n"
"  pace=on        mode=virtual keeps to the guest's baud rate\n"
"  fifo=64        mode=virtual is a 16750: 64 bytes an interrupt\n"
"  posted=off     mode=virtual does not use what a patched Xen offers\n"
"  input=loopback  mode=passthrough: input by a loopback plug at the port\n"
"  wire-in=on     mode=passthrough: input from the machine's line, too\n"
"  wire=/dev/TTY  mode=virtual: that tty of dom0 is the UART's line\n"
"\n"
"  --directory=DIR           of mediatord (" CONTROL_DIRECTORY ")\n"
"  -h, --help                print this\n"
"  -V, --version             print the version\n"
"\n"
"Exit status: 0 done (attach: detached), 1 mediatord refused, 2 a wrong\n"
"option, 3 mediatord does not answer.\n";

__attribute__((format(printf, 1, 2)))
static int usage_error(const char *format, ...)
{
    va_list arguments;

    fputs("mediatorctl: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("\nTry: mediatorctl --help\n", stderr);
    return EXIT_USAGE;
}

/* ---- printing answers ---- */

static json_object *member(json_object *object, const char *key)
{
    json_object *value = NULL;

    json_object_object_get_ex(object, key, &value);
    return value;
}

static void print_list(json_object *status)
{
    json_object *consoles = member(status, "consoles");
    size_t i;

    printf("%-20s %-8s %-9s %6s  %-9s %5s  %s\n", "GUEST", "NAME", "STATE",
           "DOMID", "PORTS", "TCP", "CLIENTS");
    for (i = 0; i < control_array_length(consoles); i++) {
        json_object *console = json_object_array_get_idx(consoles, i);
        json_object *ports = member(console, "ports");
        char clients[CONTROL_COUNT_BYTES];

        printf("%-20s %-8s %-9s %6s  %-9s %5s  %s\n",
               control_text(console, "guest"), control_text(console, "name"),
               control_text(console, "state"), control_text(console, "domid"),
               control_text(ports, "guest"), control_text(ports, "tcp"),
               control_clients(console, clients));
    }
}

static void print_wire(json_object *wire)
{
    json_object *works = member(wire, "works");
    char missed[CONTROL_COUNT_BYTES];

    printf("  wire %s%s, %s missed by it\n", control_text(wire, "tty"),
           json_object_get_boolean(works) ? "" : " (does not work)",
           control_count(wire, "missed", "byte", missed));
}

static void print_holder(json_object *holder)
{
    printf("  owned by domain %s\n", control_text(holder, "name"));
    if (!json_object_get_boolean(member(holder, "contained"))) {
        puts("  NO IOMMU holds the card: it reaches all memory");
        return;
    }
    printf("  behind the IOMMU; interrupt remapping %s; kept from its "
           "neighbours on the bus: %s",
           control_text(holder, "interrupt_remapping"),
           control_text(holder, "isolated"));
    if (member(holder, "neighbour"))
        printf(" (reaches %s)", control_text(holder, "neighbour"));
    putchar('\n');
}

static void print_network(json_object *network)
{
    char received[CONTROL_COUNT_BYTES], resets[CONTROL_COUNT_BYTES];

    printf("network   %s, %s, %s\n", control_text(network, "state"),
           control_text(network, "address"), control_text(network, "nic"));
    if (member(network, "link"))
        printf("  link %s, %s received, %s sent, %s dropped, %s bad, %s\n",
               control_text(network, "link"),
               control_count(network, "received", "frame", received),
               control_text(network, "transmitted"),
               control_text(network, "receive_drops"),
               control_text(network, "receive_errors"),
               control_count(network, "resets", "reset", resets));
    if (member(network, "link"))
        printf("  addresses %s\n", control_text(network, "addresses"));
    if (member(network, "duplicate"))
        printf("  DUPLICATE: %s uses this address too\n",
               control_text(network, "duplicate"));
    if (member(network, "holder"))
        print_holder(member(network, "holder"));
}

static void print_console(json_object *console)
{
    json_object *ports = member(console, "ports");
    char one[CONTROL_COUNT_BYTES], other[CONTROL_COUNT_BYTES];
    char clients[CONTROL_COUNT_BYTES];

    printf("%s/%s  %s, domain %s, mode %s\n",
           control_text(console, "guest"), control_text(console, "name"),
           control_text(console, "state"), control_text(console, "domid"),
           control_text(console, "mode"));
    printf("  ports %s -> machine %s, TCP %s\n",
           control_text(ports, "guest"), control_text(ports, "machine"),
           control_text(ports, "tcp"));
    printf("  the guest's line: %s; %s typed\n",
           control_text(console, "line"),
           control_count(console, "typed", "byte", one));
    if (member(console, "wire"))
        print_wire(member(console, "wire"));
    printf("  %s written, %s, %s missed by slow ones\n",
           control_count(console, "bytes", "byte", one),
           control_clients(console, clients),
           control_count(console, "missed", "byte", other));
    printf("  %s of its uart role, %s in doubt\n",
           control_count(console, "restarts", "restart", one),
           control_count(console, "in_doubt", "byte", other));
}

static void print_status(json_object *status)
{
    json_object *network = member(status, "network");
    json_object *consoles = member(status, "consoles");
    size_t i;

    if (network)
        print_network(network);
    for (i = 0; i < control_array_length(consoles); i++) {
        if (i > 0 || network)
            putchar('\n');
        print_console(json_object_array_get_idx(consoles, i));
    }
}

/* ---- verbs ---- */

static int do_serve(const char *directory, int argc, char **argv)
{
    json_object *request;

    if (argc < 1 || argc > 2)
        return usage_error("serve wants a guest and perhaps options (quote "
                           "them: 'mode=passthrough;tcp=1234')");
    request = control_request("serve");
    control_add(request, "guest", argv[0]);
    control_add(request, "options", argc > 1 ? argv[1] : NULL);
    return control_exit_status(control_ask(directory, request));
}

/* Asks by a verb whose only arguments name a console. */
static int ask_about_console(const char *directory, const char *verb,
                             int argc, char **argv)
{
    json_object *request;

    if (argc < 1 || argc > 2)
        return usage_error("%s wants a guest and perhaps a console's name",
                           verb);
    request = control_request(verb);
    control_add(request, "guest", argv[0]);
    control_add(request, "name", argc > 1 ? argv[1] : NULL);
    return control_exit_status(control_ask(directory, request));
}

static int do_unserve(const char *directory, int argc, char **argv)
{
    return ask_about_console(directory, "unserve", argc, argv);
}

static int do_break(const char *directory, int argc, char **argv)
{
    return ask_about_console(directory, "break", argc, argv);
}

static int do_attach(const char *directory, int argc, char **argv)
{
    struct attach_options options = ATTACH_OPTIONS_DEFAULT;

    options.directory = directory;
    for (; argc > 0 && !strncmp(*argv, "--", 2); argc--, argv++) {
        if (!strcmp(*argv, "--read-only"))
            options.is_read_only = true;
        else if (strncmp(*argv, "--escape=", 9) ||
                 attach_escape_parse(*argv + 9, &options.escape))
            return usage_error("attach knows --read-only, and "
                               "--escape=^X (any control character) or "
                               "--escape=none");
    }
    if (argc < 1 || argc > 2)
        return usage_error("attach wants a guest and perhaps a console's "
                           "name, behind its options");
    options.guest = argv[0];
    options.name = argc > 1 ? argv[1] : NULL;
    return attach(&options);
}

/* For a reader who sees the texts as they are. */
static void show_list(json_object *status)
{
    control_make_printable(status);
    print_list(status);
}

static void show_status(json_object *status)
{
    control_make_printable(status);
    print_status(status);
}

static void show_consoles(json_object *status)
{
    json_object_object_del(status, "network");
    show_status(status);
}

/* Leaves in the status the consoles that argv names: a guest, and perhaps the
 * name of one of its consoles.  Returns 0, or -1 after a message when there is
 * none. */
static int keep_consoles_of(json_object *status, int argc, char **argv)
{
    json_object *consoles = member(status, "consoles");
    json_object *kept = json_object_new_array();
    size_t i;

    for (i = 0; i < control_array_length(consoles); i++) {
        json_object *console = json_object_array_get_idx(consoles, i);

        if (!strcmp(control_text(console, "guest"), argv[0]) &&
            (argc < 2 || !strcmp(control_text(console, "name"), argv[1])))
            json_object_array_add(kept, json_object_get(console));
    }
    json_object_object_add(status, "consoles", kept);
    if (control_array_length(kept) > 0)
        return 0;
    fprintf(stderr, "mediatorctl: there is no console%s%s of \"%s\"\n",
            argc > 1 ? " " : "", argc > 1 ? argv[1] : "", argv[0]);
    return -1;
}

static int show(const char *directory, void (*print)(json_object *status),
                int argc, char **argv)
{
    json_object *answer = control_ask(directory, control_request("status"));
    json_object *status = answer ? member(answer, "status") : NULL;
    int rc = 0;

    if (status && argc > 0)
        rc = keep_consoles_of(status, argc, argv);
    if (status && !rc)
        print(status);
    if (!rc)
        return control_exit_status(answer);
    json_object_put(answer);
    return EXIT_FAILURE;
}

static void print_json(json_object *status)
{
    char *text = control_json_text(status);

    if (text)
        puts(text);
    free(text);
}

static int do_list(const char *directory, int argc, char **argv)
{
    if (argc > 2)
        return usage_error("list wants nothing more, or a guest and perhaps "
                           "a console's name");
    return show(directory, show_list, argc, argv);
}

/* --json may stand anywhere, as it did before a guest could be named. */
static int do_status(const char *directory, int argc, char **argv)
{
    char *names[2];
    int count = 0, i;
    bool is_json = false;

    for (i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            is_json = true;
        else if (count < 2 && argv[i][0] != '-')
            names[count++] = argv[i];
        else
            return usage_error("status wants --json, or a guest and perhaps "
                               "a console's name, or both, or nothing");
    }
    return show(directory, is_json ? print_json
                           : count > 0 ? show_consoles : show_status,
                count, names);
}

static int do_nic(const char *directory, int argc, char **argv)
{
    json_object *request;

    if (argc != 1)
        return usage_error("nic wants to know: release or take?");
    request = control_request("nic");
    control_add(request, "action", argv[0]);
    return control_exit_status(control_ask(directory, request));
}

static const struct {
    const char *name;
    int (*run)(const char *directory, int argc, char **argv);
} verbs[] = {
    { "serve", do_serve },
    { "unserve", do_unserve },
    { "break", do_break },
    { "attach", do_attach },
    { "list", do_list },
    { "status", do_status },
    { "nic", do_nic },
};

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "directory", required_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    const char *directory = CONTROL_DIRECTORY;
    unsigned int i;
    int option;

    /* '+' ends the options at the verb: what follows is the verb's. */
    while ((option = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            directory = optarg;
            break;
        case 'h':
            fputs(help_text, stdout);
            return EXIT_SUCCESS;
        case 'V':
            puts("mediatorctl " VERSION);
            return EXIT_SUCCESS;
        default:
            return usage_error("that is no option");
        }
    }
    if (optind == argc)
        return usage_error("which verb?");
    for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (!strcmp(argv[optind], verbs[i].name))
            return verbs[i].run(directory, argc - optind - 1,
                                argv + optind + 1);
    return usage_error("there is no such verb");
}
