/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intel_registers.h - registers that Intel's gigabit cards have in common
 *
 * [SDM]   PCI/PCI-X Family of Gigabit Ethernet Controllers Software
 *         Developer's Manual, 317453, revision 4.0: 8254x
 * [82574] 82574 GbE Controller Family Datasheet, 317694
 * The names are the SDM's; the numbers behind them are its sections.  The
 * 82574 has the same registers under the same names.
 */
#ifndef LWIP_PORT_INTEL_REGISTERS_H
#define LWIP_PORT_INTEL_REGISTERS_H

#define BIT(n) (1u << (n))

#define CTRL              0x0000 /* Device Control               13.4.1 */
#define   CTRL_FD           BIT(0)
#define   CTRL_GIO_MASTER_DISABLE BIT(2)  /* 82574 only */
#define   CTRL_ASDE         BIT(5)
#define   CTRL_SLU          BIT(6)
#define   CTRL_FRCSPD       BIT(11)
#define   CTRL_FRCDPLX      BIT(12)
#define   CTRL_RST          BIT(26)
#define   CTRL_PHY_RST      BIT(31)
#define STATUS            0x0008 /* Device Status                13.4.2 */
#define   STATUS_LU         BIT(1)
#define   STATUS_GIO_MASTER_ENABLE BIT(19) /* 82574 only */

#define CTRL_EXT          0x0018 /* Extended Device Control      13.4.6 */
#define   CTRL_EXT_EIAME    BIT(24) /* 82574 only: an interrupt masks itself */
#define   CTRL_EXT_IAME     BIT(27) /* 82574 only: the same when ICR is read */

#define ICR               0x00c0 /* Interrupt Cause Read         13.4.17 */
#define ITR               0x00c4 /* Interrupt Throttling         13.4.18 */
#define ICS               0x00c8 /* Interrupt Cause Set          13.4.19 */
#define IMS               0x00d0 /* Interrupt Mask Set           13.4.20 */
#define IMC               0x00d8 /* Interrupt Mask Clear         13.4.21 */
#define EIAC              0x00dc /* Auto Clear                   82574 only */
#define IAM               0x00e0 /* Acknowledge Auto Mask        82574 only */
#define   INT_TXDW          BIT(0) /* transmit descriptor written back */
#define   INT_LSC           BIT(2) /* link status change */
#define   INT_RXDMT0        BIT(4) /* receive descriptors run low */
#define   INT_RXO           BIT(6) /* receiver overrun */
#define   INT_RXT0          BIT(7) /* receiver timer: frames are there */

#define RCTL              0x0100 /* Receive Control              13.4.22 */
#define   RCTL_EN           BIT(1)
#define   RCTL_MPE          BIT(4)
#define   RCTL_BAM          BIT(15)
#define   RCTL_BSIZE_2048   0 /* bits 17:16 are 0, with BSEX 0 */
#define   RCTL_SECRC        BIT(26)
#define RDBAL             0x2800 /* Receive Descriptor Base      13.4.25 */
#define RDBAH             0x2804 /*                              13.4.26 */
#define RDLEN             0x2808 /*                              13.4.27 */
#define RDH               0x2810 /* Head                         13.4.28 */
#define RDT               0x2818 /* Tail                         13.4.29 */
#define RDTR              0x2820 /* Delay Timer                  13.4.30 */
#define RXDCTL            0x2828 /* Descriptor Control */
#define RADV              0x282c /* Absolute Delay Timer         13.4.31 */

#define TCTL              0x0400 /* Transmit Control             13.4.33 */
#define   TCTL_EN           BIT(1)
#define   TCTL_PSP          BIT(3)
#define   TCTL_CT(n)        ((n) << 4)
#define   TCTL_COLD(n)      ((n) << 12)
#define TIPG              0x0410 /* Inter Packet Gap             13.4.34 */
#define   TIPG_IPGT(n)      (n)
#define   TIPG_IPGR1(n)     ((n) << 10)
#define   TIPG_IPGR2(n)     ((n) << 20)
#define TDBAL             0x3800 /* Transmit Descriptor Base     13.4.36 */
#define TDBAH             0x3804 /*                              13.4.37 */
#define TDLEN             0x3808 /*                              13.4.38 */
#define TDH               0x3810 /* Head                         13.4.39 */
#define TDT               0x3818 /* Tail                         13.4.40 */
#define TIDV              0x3820 /* Interrupt Delay              13.4.41 */
#define TXDCTL            0x3828 /* Descriptor Control           13.4.43 */

#define RXCSUM            0x5000 /* Receive Checksum Control */
#define RFCTL             0x5008 /* Receive Filter Control       82574 only */
#define MRQC              0x5818 /* Multiple Receive Queues      82574 only */
#define MTA               0x5200 /* Multicast Table, 128 words   13.5.1 */
#define   MTA_WORDS         128
#define RAL0              0x5400 /* Receive Address Low          13.5.2 */
#define RAH0              0x5404 /* Receive Address High         13.5.3 */
#define   RAH_AV            BIT(31)

/* Statistics, cleared when read                                 13.7 */
#define CRCERRS           0x4000
#define RXERRC            0x400c
#define MPC               0x4010 /* frames missed: no room in the card */
#define GPRC              0x4074 /* good frames received */

/* The registers are in BAR 0, which has at least so many bytes. */
#define INTEL_REGISTER_BYTES 0x20000

#endif
