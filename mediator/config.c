/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxlutil.h>

#include "log.h"

int config_set(char **value, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        return error("out of memory");
    free(*value);
    *value = copy;
    return 0;
}

int config_check(const struct config *config)
{
    if (!config->nic)
        return error("no network card is configured; name the dedicated one "
                     "in " CONFIG_FILE ", nic = \"pci:0000:00:02.0\" or "
                     "nic = \"netdev:eth1\", say");
    if (strcmp(config->iommu, "on") && strcmp(config->iommu, "off"))
        return error("iommu = \"%s\" is not understood; write \"on\", or "
                     "\"off\" for a machine that has none", config->iommu);
    return 0;
}

int config_init(struct config *config)
{
    *config = (struct config){ 0 };
    if (config_set(&config->iommu, "on") ||
        config_set(&config->address, "192.168.0.2/24") ||
        config_set(&config->uart_user, "mediatord-uart") ||
        config_set(&config->net_user, "mediatord-net") ||
        config_set(&config->directory, CONFIG_DIRECTORY))
        return -1;
    return 0;
}

void config_free(struct config *config)
{
    free(config->nic);
    free(config->iommu);
    free(config->address);
    free(config->gateway);
    free(config->uart_user);
    free(config->net_user);
    free(config->directory);
    *config = (struct config){ 0 };
}

static int read_string(XLU_Config *file, const char *path, const char *key,
                       char **value)
{
    const char *text;
    int r = xlu_cfg_get_string(file, key, &text, 0);

    if (r == ESRCH)
        return 0;
    if (r)
        return error("%s: %s must be a string, %s = \"...\"", path, key, key);
    return config_set(value, text);
}

int config_read(struct config *config, const char *path, int is_optional)
{
    XLU_Config *file;
    int rc = 0;

    if (is_optional && access(path, F_OK))
        return 0;
    /* libxlutil writes its own messages, with the line, to stderr. */
    file = xlu_cfg_init(stderr, path);
    if (!file)
        return error("out of memory");
    if (xlu_cfg_readfile(file, path)) {
        rc = error("cannot read the configuration %s", path);
        goto out;
    }
    if (read_string(file, path, "nic", &config->nic) ||
        read_string(file, path, "iommu", &config->iommu) ||
        read_string(file, path, "address", &config->address) ||
        read_string(file, path, "gateway", &config->gateway) ||
        read_string(file, path, "uart_user", &config->uart_user) ||
        read_string(file, path, "net_user", &config->net_user))
        rc = -1;
out:
    xlu_cfg_destroy(file);
    return rc;
}
